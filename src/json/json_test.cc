// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "json/parse.h"
#include "json/value.h"
#include "json/writer.h"

namespace cambist::json {
namespace {

struct Case {
    const char* name;
    std::string text;
    const char* hint;  // a part of it
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

TEST(JsonParse, TakesAWordAsADocumentHoweverManyBlanksFollow) {
    for (const std::string word : {"true", "false", "null", "1", "1.5", "\"a\""})
        for (const std::string blanks : {"", " ", "\t\n", "                    \r\n"}) {
            std::vector<Fault> faults;
            const auto positioned = parse_all_faults(" " + word + blanks, {}, faults);
            ASSERT_TRUE(positioned && faults.empty()) << word << blanks.size();
            EXPECT_EQ(*positioned, *parse(word));
        }
    std::vector<Fault> faults;
    for (const auto* text : {"true x", "tru ", "false,", "t  ", " "})
        EXPECT_FALSE(parse_all_faults(text, {}, faults)) << text;
}

TEST(JsonParse, ReadsEveryKind) {
    const auto value = parse(R"({"a":null,"b":true,"c":-7,"d":1.5,"e":"x","f":[1,2],"g":{}})");
    ASSERT_TRUE(value) << value.error().describe();
    EXPECT_TRUE(value->find("a")->is_null());
    EXPECT_TRUE(value->find("b")->as_bool());
    EXPECT_EQ(value->find("c")->as_int64(), -7);
    EXPECT_EQ(value->find("d")->as_double(), 1.5);
    EXPECT_EQ(value->find("e")->as_string(), "x");
    EXPECT_EQ(value->find("f")->as_array().size(), 2U);
    EXPECT_TRUE(value->find("g")->as_object().empty());
    EXPECT_EQ(value->find("h"), nullptr);
}

TEST(JsonParse, ReadsScalarsAsWholeTexts) {
    EXPECT_EQ(*parse(" 42 "), Value(42));
    EXPECT_EQ(*parse("\"x\""), Value("x"));
    EXPECT_EQ(*parse("true"), Value(true));
    EXPECT_EQ(*parse("null"), Value());
    EXPECT_EQ(*parse("-1.5e3"), Value(-1500.0));
}

TEST(JsonParse, KeepsIntegersExactToTheEndsOf64Bits) {
    EXPECT_EQ(parse("9223372036854775807")->as_int64(), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(parse("-9223372036854775808")->as_int64(), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(parse("[9007199254740993]")->as_array()[0].as_int64(), 9007199254740993);
    EXPECT_TRUE(parse("1.0")->is_double());
}

TEST(JsonParse, ReadsFractionsOfManyDigits) {
    EXPECT_EQ(parse("18446744073709551616.0")->as_double(), 18446744073709551616.0);
    EXPECT_EQ(parse("[123456789012345678901234.5 ]")->as_array()[0].as_double(),
              123456789012345678901234.5);
    EXPECT_EQ(parse("0.1234567890123456789012345")->as_double(), 0.1234567890123456789012345);
    EXPECT_EQ(Value(1e19).to_text(), "1e+19");
    EXPECT_EQ(*parse(Value(18446744073709551616.0).to_text()), Value(18446744073709551616.0));
}

TEST(JsonParse, DecodesEscapes) {
    EXPECT_EQ(parse(R"("a\u0073\n\"\\\/\ud83d\ude00")")->as_string(), "as\n\"\\/\xF0\x9F\x98\x80");
    EXPECT_EQ(parse(R"({"\u0073ub":1})")->as_object()[0].key, "sub");
}

TEST(JsonParse, RemembersLineAndColumnInCharacters) {
    const auto value = parse("{\n  \"\xC3\xA4\": [1,\n 22],\n\n \"b\" : \"x\"\n}");
    ASSERT_TRUE(value);
    const auto& members = value->as_object();
    EXPECT_EQ(value->position(), (Position{1, 1}));
    EXPECT_EQ(members[0].position, (Position{2, 3}));
    EXPECT_EQ(members[0].value.position(), (Position{2, 8}));
    EXPECT_EQ(members[0].value.as_array()[1].position(), (Position{3, 2}));
    EXPECT_EQ(members[1].position, (Position{5, 2}));
    EXPECT_EQ(members[1].value.position(), (Position{5, 8}));
}

TEST(JsonParse, LeavesPositionsOutOnTheHotPath) {
    const auto value = parse("{\n\"a\":1}", {}, Positions::kNone);
    EXPECT_EQ(value->as_object()[0].position, Position{});
}

class RefusedJson : public testing::TestWithParam<Case> {};

TEST_P(RefusedJson, NamesThePlaceAndTheCause) {
    for (const auto positions : {Positions::kNone, Positions::kLineAndColumn}) {
        const auto value = parse(GetParam().text, {}, positions);
        ASSERT_FALSE(value) << value->to_text();
        EXPECT_EQ(value.error().code, ErrorCode::kParse);
        EXPECT_NE(value.error().hint.find(GetParam().hint), std::string::npos)
            << value.error().hint;
    }
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string many_members(std::size_t count, const std::string& last) {
    std::string text = "{";
    for (std::size_t i = 0; i < count; ++i) text += "\"k" + std::to_string(i) + "\":1,";
    return text + last + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Json, RefusedJson,
    testing::Values(
        Case{"DuplicateKey", "{\"a\":1,\n \"a\":2}",
             "line 2, column 2: the key \"a\" occurs twice"},
        Case{"Neg57DuplicateKeyEscaped", R"({"sub":1,"\u0073ub":2})", "line 1, column 10: the key"},
        Case{"DuplicateKeyInside", R"({"x":[{"a":1,"b":1,"a":3}]})", "\"a\" occurs twice"},
        Case{"DuplicateAmongMany", many_members(100, "\"k7\":2"), "\"k7\" occurs twice"},
        Case{"Neg57ByteOrderMark", "\xEF\xBB\xBF{}", "byte order mark"},
        Case{"Neg57TrailingBytes", "{} x", "line 1, column"},
        Case{"SecondValue", "{}{}", "line 1, column"}, Case{"SecondScalar", "1 2", "line 1"},
        Case{"SecondString", "\"a\" \"b\"", "line 1"}, Case{"ClosedTwice", "{}}", "line 1"},
        Case{"TrailingCommaInObject", R"({"a":1,})", "line 1"},
        Case{"TrailingCommaInArray", "[1,]", "line 1"}, Case{"LeadingComma", "[,1]", "line 1"},
        Case{"CommaMissing", "[1 2]", "line 1"}, Case{"ColonMissing", R"({"a" 1})", "line 1"},
        Case{"KeyWithoutQuotes", "{a:1}", "line 1"}, Case{"SingleQuotes", "{'a':1}", "line 1"},
        Case{"Comment", "{/*x*/}", "line 1"}, Case{"NotClosed", "{\"a\":1", "line 1"},
        Case{"WronglyClosed", "[1}", "line 1"}, Case{"Empty", "", "empty"},
        Case{"OnlySpace", "  \n", "empty"},
        Case{"InvalidUtf8", "{\n\"a\":\"\xC3\"}", "line 2, column 6"},
        Case{"OverlongUtf8", "\"\xC0\xAF\"", "UTF-8"},
        Case{"SurrogateAsUtf8", "\"\xED\xA0\x80\"", "UTF-8"},
        Case{"LoneHighSurrogate", R"(["\ud800"])", "line 1"},
        Case{"LoneLowSurrogate", R"(["\udc00"])", "line 1, column 2: a string"},
        Case{"LoneSurrogateInKey", R"({"\udc00":1})", "line 1, column 2: a string"},
        Case{"ReversedSurrogates", R"(["\ude00\ud83d"])", "line 1"},
        Case{"ControlCharacter", "[\"a\nb\"]", "line 1, column 4"},
        Case{"WrongEscape", R"(["\x41"])", "escape"},
        Case{"StringNotClosed", "{\"a\":\n \"x}", "line 2, column 2: a string is not closed"},
        Case{"IntegerBeyond64Bits", "9223372036854775808", "too large"},
        Case{"NegativeBeyond64Bits", "[-9223372036854775809]", "too large"},
        Case{"HugeInteger", "{\"a\":123456789012345678901234567890}", "too large"},
        Case{"Jwb16HugeExponent", R"({"exp":1e400})", "too large"}, Case{"NaN", "[NaN]", "line 1"},
        Case{"Infinity", "[Infinity]", "line 1"}, Case{"LeadingZero", "[01]", "line 1"},
        Case{"PlusSign", "[+1]", "line 1"}, Case{"BarePoint", "[1.]", "line 1"},
        Case{"BareMinus", "[-]", "line 1"}, Case{"Hexadecimal", "[0x10]", "line 1"},
        Case{"AtomWithTail", "[truex]", "line 1"}, Case{"NullWithTail", "[nullx]", "line 1"},
        Case{"UpperCaseAtom", "[True]", "line 1"},
        Case{"ZeroByte", std::string("{}\0", 3), "line 1"},
        Case{"TooDeep", nested(17), "line 1, column 17: the nesting is too deep"},
        Case{"VeryDeep", nested(100'000), "the nesting is too deep"},
        Case{"TooLong", "\"" + std::string(256UL * 1024, 'x') + "\"", "bytes"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(JsonParse, DepthEqualToTheLimitIsRead) {
    EXPECT_TRUE(parse(nested(16)));
    EXPECT_TRUE(parse(nested(64), kConfigLimits));
    EXPECT_FALSE(parse(nested(65), kConfigLimits));
}

TEST(JsonParse, CollectsEveryDuplicateKeyOfAFile) {
    std::vector<Fault> faults;
    const auto value =
        parse_all_faults("{\"a\":1,\n\"a\":2,\n\"b\":{\"c\":1,\"c\":2},\n\"a\":3}", {}, faults);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->to_text(), R"({"a":1,"b":{"c":1}})");
    ASSERT_EQ(faults.size(), 3U);
    EXPECT_EQ(faults[0].key, "c");
    EXPECT_EQ(faults[0].position, (Position{3, 12}));
    EXPECT_EQ(faults[1].key, "a");
    EXPECT_EQ(faults[1].position, (Position{2, 1}));
    EXPECT_EQ(faults[1].text, "the key \"a\" occurs twice (first at line 1, column 2)");
    EXPECT_EQ(faults[2].position, (Position{4, 1}));
}

TEST(JsonParse, ReadsManyTextsOfAllLengthsWithOneThread) {
    for (std::size_t size = 0; size < 300; ++size) {
        const auto text = "\"" + std::string(size, 'y') + "\"";
        ASSERT_EQ(parse(text)->as_string().size(), size);
    }
    const std::string large(3UL * 1024 * 1024, 'z');
    EXPECT_EQ(parse("[\"" + large + "\"]", kConfigLimits)->as_array()[0].as_string(), large);
    EXPECT_TRUE(parse("{}"));
}

TEST(JsonValue, ComparesWithoutPositionsAndOrder) {
    EXPECT_EQ(*parse("{\"a\":1,\n\"b\":[1.5]}"), *parse("{\"b\":[1.5],\"a\":1}"));
    EXPECT_NE(*parse("[1]"), *parse("[1.0]"));
    EXPECT_NE(*parse("[1,2]"), *parse("[2,1]"));
    EXPECT_NE(*parse("{\"a\":1}"), *parse("{\"a\":1,\"b\":1}"));
}

TEST(JsonValue, IsBuiltAndChangedInPlace) {
    Value value;
    value.set("a", 1).set("b", "x").set("a", true).set("c", Array{1, "y"});
    value.find("c")->push(nullptr);
    EXPECT_EQ(value.to_text(), R"({"a":true,"b":"x","c":[1,"y",null]})");
    EXPECT_TRUE(value.erase("b"));
    EXPECT_FALSE(value.erase("b"));
    EXPECT_EQ(value.to_pretty_text(),
              "{\n  \"a\": true,\n  \"c\": [\n    1,\n    \"y\",\n    null\n  ]\n}");
    EXPECT_EQ(Value::object().to_pretty_text(), "{}");
}

TEST(JsonValue, WrittenAndReadAgainIsTheSame) {
    const std::string text =
        R"({"q\"\\":"\u0001\n\t\u007f","e":[],"o":{},"n":-0.5,"big":1e+300,"one":1.0,"t":[true,false,null]})";
    const auto value = parse(text);
    ASSERT_TRUE(value) << value.error().describe();
    EXPECT_EQ(*parse(value->to_text()), *value);
    EXPECT_EQ(*parse(value->to_pretty_text()), *value);
    EXPECT_EQ(Value("\x01\n").to_text(), R"("\u0001\n")");
    EXPECT_EQ(Value(1.0).to_text(), "1.0");
}

TEST(JsonWriter, WritesCommasAndEscapes) {
    std::string out = "x=";
    Writer writer(out);
    writer.begin_object().member("a", 1).member("b", "\"").member("c", true);
    writer.key("d").begin_array().int64(-1).string("").begin_object().end_object().null();
    writer.end_array().key("e").raw("{\"r\":1}").member("f", Value(Array{})).member("g", 7U);
    EXPECT_FALSE(writer.complete());
    writer.end_object();
    EXPECT_TRUE(writer.complete());
    EXPECT_EQ(out, R"(x={"a":1,"b":"\"","c":true,"d":[-1,"",{},null],"e":{"r":1},"f":[],"g":7})");
}

TEST(JsonWriterDeathTest, AssertsOnMisuse) {
    std::string out;
    EXPECT_DEATH(Writer(out).begin_object().string("no key"), "after_key_");
    EXPECT_DEATH(Writer(out).begin_object().end_array(), "objects_");
    EXPECT_DEATH(Writer(out).int64(1).int64(2), "depth_");
    EXPECT_DEATH(Writer(out).begin_object().key("a").end_object(), "after_key_");
}

TEST(JsonValueDeathTest, AssertsTheKind) { EXPECT_DEATH((void)Value(1).as_string(), "is_string"); }

}  // namespace
}  // namespace cambist::json
