// SPDX-License-Identifier: Apache-2.0
#include "json/yaml.h"

#include <gtest/gtest.h>

namespace cambist::json {
namespace {

Result<Value> read(std::string_view text, std::vector<Fault>* into = nullptr) {
    std::vector<Fault> faults;
    auto value = parse_yaml(text, kConfigLimits, faults);
    if (into != nullptr) *into = faults;
    return value;
}

TEST(Yaml, ResolvesPlainScalarsByTheCoreSchema) {
    const auto value = read(
        "[null, ~, , true, False, yes, no, on, off, 7, -7, +7, 0o17, 0x1F, 0123, 1.5, .5, 1., 1e3, "
        "'1', \"true\", 5m, 2027-06-30, 1:2, 0b1, 0o8, -, .]");
    ASSERT_TRUE(value) << value.error().describe();
    const Array expected{nullptr, nullptr,      nullptr, true,  false,  "yes", "no",
                         "on",    "off",        7,       -7,    7,      15,    31,
                         123,     1.5,          0.5,     1.0,   1000.0, "1",   "true",
                         "5m",    "2027-06-30", "1:2",   "0b1", "0o8",  "-",   "."};
    ASSERT_EQ(value->as_array().size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(value->as_array()[i], expected[i]) << i;
}

TEST(Yaml, KeepsOrderAndPositions) {
    const auto value = read("b: 1\na:\n  - x\n  - {k: v}\n");
    ASSERT_TRUE(value) << value.error().describe();
    EXPECT_EQ(value->to_text(), R"({"b":1,"a":["x",{"k":"v"}]})");
    const auto& members = value->as_object();
    EXPECT_EQ(members[1].position, (Position{2, 1}));
    EXPECT_EQ(members[1].value.as_array()[0].position(), (Position{3, 5}));
    EXPECT_EQ(members[1].value.as_array()[1].as_object()[0].value.position(), (Position{4, 9}));
}

TEST(Yaml, TakesKeysAsTheirText) {
    EXPECT_EQ(read("on: 1\n1: 2\ntrue: 3\n'x y': 4\n")->to_text(),
              R"({"on":1,"1":2,"true":3,"x y":4})");
}

TEST(Yaml, ReadsBlockTextsAndCoreTags) {
    EXPECT_EQ(read("a: |\n  x\n  y\nb: >-\n  x\n  y\nc: !!str 1\nd: !!float 1\n")->to_text(),
              R"({"a":"x\ny\n","b":"x y","c":"1","d":1.0})");
}

TEST(Yaml, ReportsEveryDuplicateKey) {
    std::vector<Fault> faults;
    const auto value = read("a: 1\nb:\n  c: 1\n  c: [2]\na: 3\n", &faults);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->to_text(), R"({"a":1,"b":{"c":1}})");
    ASSERT_EQ(faults.size(), 2U);
    EXPECT_EQ(faults[0].key, "c");
    EXPECT_EQ(faults[0].position, (Position{4, 3}));
    EXPECT_EQ(faults[1].text, "the key \"a\" occurs twice (first at line 1, column 1)");
}

TEST(Yaml, ReportsKeysThatAreNoText) {
    std::vector<Fault> faults;
    const auto value = read("? [1, 2]\n: x\nb: 1\n", &faults);
    ASSERT_TRUE(value) << value.error().describe();
    EXPECT_EQ(value->to_text(), R"({"b":1})");
    EXPECT_EQ(faults.size(), 1U);
}

TEST(Yaml, CopiesAnchors) {
    EXPECT_EQ(read("a: &x {k: [1]}\nb: *x\nc: &y v\nd: *y\n")->to_text(),
              R"({"a":{"k":[1]},"b":{"k":[1]},"c":"v","d":"v"})");
}

TEST(Yaml, RefusesABillionLaughs) {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const auto before = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int j = 0; j < 9; ++j) text += ", " + before;
        text += "]\n";
    }
    const auto value = read(text);
    ASSERT_FALSE(value);
    EXPECT_NE(value.error().hint.find("aliases grow too large"), std::string::npos);
}

struct Case {
    const char* name;
    std::string text;
};
class RefusedYaml : public testing::TestWithParam<Case> {};
TEST_P(RefusedYaml, IsAnError) {
    const auto value = read(GetParam().text);
    ASSERT_FALSE(value) << value->to_text();
    EXPECT_EQ(value.error().code, ErrorCode::kParse);
    EXPECT_FALSE(value.error().hint.empty());
}
INSTANTIATE_TEST_SUITE_P(
    Yaml, RefusedYaml,
    testing::Values(Case{"Empty", ""}, Case{"TwoDocuments", "a: 1\n---\nb: 2\n"},
                    Case{"MergeKey", "a: &x {k: 1}\nb: {<<: *x}\n"},
                    Case{"SelfReference", "a: &x [*x]\n"}, Case{"UnknownAlias", "a: *x\n"},
                    Case{"ForeignTag", "a: !!python/object x\n"}, Case{"OwnTag", "a: !secret x\n"},
                    Case{"HugeInteger", "a: 9223372036854775808\n"}, Case{"Infinity", "a: .inf\n"},
                    Case{"NaN", "a: .nan\n"}, Case{"HugeFloat", "a: 1e400\n"},
                    Case{"WrongTag", "a: !!int x\n"}, Case{"BadIndent", "a: 1\n b: 2\n"},
                    Case{"InvalidUtf8", "a: \xC3\n"}, Case{"ZeroByte", std::string("a: \0\n", 5)},
                    Case{"TooDeep", std::string(65, '[') + std::string(65, ']')},
                    Case{"VeryDeep", std::string(50'000, '[')}, Case{"NotClosed", "a: [1, 2\n"},
                    Case{"NothingButComments", "# a\n\n  # b\n"},
                    Case{"DoubleQuoteNotClosed", "a: \"x\nb: 1\n"},
                    Case{"SingleQuoteNotClosed", "a: 'x\nb: 1\n"},
                    Case{"QuoteNotClosedBeforeBlanks", "a: \"x\n\n  "},
                    Case{"QuoteNotClosedAtTheEnd", "a: \"x"},
                    Case{"QuotedKeyNotClosed", "a: 1\n\"b: 2\n"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Yaml, KeepsTheEndOfATextAsItIs) {
    EXPECT_EQ(read("a: |\n  x\n")->to_text(), R"({"a":"x\n"})");
    EXPECT_EQ(read("a: |\n  x")->to_text(), R"({"a":"x"})");
    EXPECT_EQ(read("a: |+\n  x\n\n")->to_text(), R"({"a":"x\n\n"})");
    EXPECT_EQ(read("a: x\n  y\n")->to_text(), R"({"a":"x y"})");
    EXPECT_EQ(read("a: |\r\n  x\r\n")->to_text(), R"({"a":"x\n"})");
    EXPECT_EQ(read("a: x\n...\n")->to_text(), R"({"a":"x"})");
    EXPECT_EQ(read("a: \"x\n\n  y\"\n# end\n")->to_text(), R"({"a":"x\ny"})");
}

TEST(Yaml, ErrorsShowNoControlCharacterOfTheText) {
    const auto refused = read("a: \"\\\x1a\"");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().hint.find('\x1a'), std::string::npos);
}

TEST(Yaml, ErrorsNameTheLine) {
    const auto value = read("a: 1\nb: [1, }\n");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().hint.substr(0, 7), "line 2,");
}

TEST(YamlWriter, WritesBlocksThatPeopleRead) {
    const auto value =
        parse(R"({"realm":"a","clients":[{"id":"x","on":true,"uris":["/*","b c"]},[]],)"
              R"("n":{"a":{"b":7}},"e":{}})");
    ASSERT_TRUE(value);
    EXPECT_EQ(to_yaml(*value),
              "realm: a\nclients:\n  - id: x\n    \"on\": true\n    uris:\n      - \"/*\"\n"
              "      - \"b c\"\n  - []\n\"n\":\n  a:\n    b: 7\ne: {}\n");
}

TEST(YamlWriter, IsReadAsTheSameValue) {
    const auto value = parse(
        R"({"":"", "true":"true", "n":"null", "no":"No", "1":"1", "a":["1.5","0x1","-","~","- x","a: b",)"
        R"("a #b","#","'","\"","\\","*x","&x","!x","%","@","|",">","{}","[]","?",",",":","---","...",)"
        R"(" a","a ","a\nb","\t","\u0001","\u007f","\u0085","\u00e4","\u2028","\ufeff","=","<<","y",)"
        R"("2020-01-01","1_000","12:30:45",".inf",".nan","NaN"], "f":1.5, "i":-7, "nil":null,)"
        R"("l":[[],[[1],[2,[3]]],{},{"a":[]},[{"b":{"c":[{}]}}]], "b":false})");
    ASSERT_TRUE(value) << value.error().hint;
    std::vector<Fault> faults;
    const auto text = to_yaml(*value);
    const auto again = parse_yaml(text, kConfigLimits, faults);
    ASSERT_TRUE(again) << again.error().hint << "\n" << text;
    EXPECT_TRUE(faults.empty());
    EXPECT_EQ(*again, *value) << text;
    for (const auto* scalar : {"7", "\"a b\"", "[]", "{}", "null"}) {
        const auto alone = parse(scalar);
        const auto read = parse_yaml(to_yaml(*alone), kConfigLimits, faults);
        ASSERT_TRUE(read) << scalar;
        EXPECT_EQ(*read, *alone);
    }
}

TEST(YamlWriter, KeysOfAnyLengthAreReadAgain) {
    // 1 to 6 bytes each as they are written.
    for (const auto* letter : {"k", "\\u0012", "\xc3\xa4"}) {
        for (const int length : {160, 200, 998, 999, 1000, 1001, 1022, 1023, 1024, 1025, 5000}) {
            std::string key;
            for (int i = 0; i < length; ++i) key += letter;
            const auto value = parse(
                "{\"" + key + "\":{\"" + key + "\":[{\"" + key + "\":1,\"b\":[2]}],\"c\":\"d\"}}",
                kConfigLimits);
            ASSERT_TRUE(value) << value.error().hint;
            std::vector<Fault> faults;
            const auto again = parse_yaml(to_yaml(*value), kConfigLimits, faults);
            ASSERT_TRUE(again) << length << letter << again.error().hint;
            EXPECT_EQ(*again, *value) << length << letter;
        }
    }
}

}  // namespace
}  // namespace cambist::json
