// SPDX-License-Identifier: Apache-2.0
#include "model/form.h"

#include <gtest/gtest.h>

namespace cambist {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct FormCase {
    const char* name;
    std::string body;
    std::optional<Fields> expected;
};

class ParseForm : public testing::TestWithParam<FormCase> {};

// specs: TOK-07
TEST_P(ParseForm, IsStrict) {
    const auto form = Form::parse(GetParam().body);
    ASSERT_EQ(form.has_value(), GetParam().expected.has_value());
    if (form)
        EXPECT_EQ(form->fields(), *GetParam().expected);
    else
        EXPECT_EQ(form.error().code, ErrorCode::kMalformedRequest);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ParseForm,
    testing::Values(FormCase{"Empty", "", Fields{}},
                    FormCase{"OneField", "a=b", Fields{{"a", "b"}}},
                    FormCase{"KeepsOrder", "b=1&a=2", Fields{{"b", "1"}, {"a", "2"}}},
                    FormCase{"PlusIsASpace", "a=b+c", Fields{{"a", "b c"}}},
                    FormCase{"EscapedPlus", "a=b%2Bc", Fields{{"a", "b+c"}}},
                    FormCase{"LowerCaseEscape", "a=%c3%a9", Fields{{"a", "\xc3\xa9"}}},
                    FormCase{"EscapedName", "%61b=c", Fields{{"ab", "c"}}},
                    FormCase{"SecondEqualsIsValue", "a=b=c", Fields{{"a", "b=c"}}},
                    FormCase{"NoEquals", "a&b=1", Fields{{"a", ""}, {"b", "1"}}},
                    FormCase{"EmptySegments", "&a=1&&b=2&", Fields{{"a", "1"}, {"b", "2"}}},
                    FormCase{"RefusesEmptyName", "=b", std::nullopt},
                    FormCase{"RefusesPercentAtEnd", "a=%", std::nullopt},
                    FormCase{"RefusesHalfEscape", "a=%4", std::nullopt},
                    FormCase{"RefusesForeignEscape", "a=%4g", std::nullopt},
                    FormCase{"RefusesNul", "a=%00", std::nullopt},
                    FormCase{"RefusesNulInName", "a%00=b", std::nullopt},
                    FormCase{"RefusesBrokenUtf8", "a=%ff", std::nullopt},
                    FormCase{"RefusesRawLineEnd", "a=b\n", std::nullopt}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Form, TakesExactlyTheBoundOfFields) {
    std::string body;
    for (int i = 0; i < 256; ++i) body += "a=b&";
    EXPECT_TRUE(Form::parse(body));
    EXPECT_FALSE(Form::parse(body + "a=b"));
}

// specs: TOK-03
TEST(Form, TreatsAnEmptyValueAsOmittedButVisible) {
    const auto form = Form::parse("scope=&audience=&audience=x");
    ASSERT_TRUE(form);
    EXPECT_FALSE(form->has("scope"));
    EXPECT_TRUE(form->has_empty("scope"));
    EXPECT_TRUE(form->has_empty("audience"));
    EXPECT_EQ(form->find("audience"), "x");
    EXPECT_EQ(form->all("audience"), std::vector<std::string_view>{"x"});
    EXPECT_FALSE(form->has_empty("resource"));
}

// specs: TOK-04, TOK-06
TEST(Form, FindsARepeatedNameHoweverItIsEscaped) {
    const auto form = Form::parse("audience=a&audience=b&scope=c&sc%6Fpe=d");
    ASSERT_TRUE(form);
    EXPECT_EQ(form->find_repeated({"audience", "resource"}), "scope");
    EXPECT_EQ(form->find_repeated({"audience", "scope"}), std::nullopt);
    EXPECT_EQ(Form::parse("a=&a=1")->find_repeated({}), "a");
}

TEST(FormEncode, IsReadBack) {
    const std::string text = "a b+c%&=\xc3\xa9/~*";
    EXPECT_EQ(form_encode("a b"), "a+b");
    EXPECT_EQ(form_decode(form_encode(text)), text);
}

struct UriCase {
    const char* name;
    const char* text;
    bool is_resource;
};
class ResourceUri : public testing::TestWithParam<UriCase> {};

// specs: RES-01
TEST_P(ResourceUri, FollowsRfc8707Section2) {
    EXPECT_EQ(is_resource_uri(GetParam().text), GetParam().is_resource);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ResourceUri,
    testing::Values(UriCase{"Https", "https://api.example/v1", true},
                    UriCase{"WithQuery", "https://api.example/v1?a=b", true},
                    UriCase{"Urn", "urn:example:api", true}, UriCase{"Relative", "/v1", false},
                    UriCase{"BareName", "billing-api", false},
                    UriCase{"Fragment", "https://api.example/#a", false},
                    UriCase{"EmptyFragment", "https://api.example/#", false},
                    UriCase{"NameAfterThePort", "https://api:443.example/", false},
                    UriCase{"NameThatBeginsWithAnAddress", "https://10.0.0.1.example/", true},
                    UriCase{"Space", "https://api.example/a b", false},
                    UriCase{"Empty", "", false}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cambist
