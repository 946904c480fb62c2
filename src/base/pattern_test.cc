// SPDX-License-Identifier: Apache-2.0
#include "base/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cambist {
namespace {

using testing::HasSubstr;

Pattern::Answer match(const std::string& pattern, std::string_view text) {
    const auto compiled = Pattern::compile(pattern);
    EXPECT_TRUE(compiled) << pattern;
    return compiled ? compiled->matches(text) : Pattern::Answer::kUnknown;
}

TEST(Pattern, MatchesTheWholeText) {
    EXPECT_EQ(match("gold|silver", "silver"), Pattern::Answer::kYes);
    EXPECT_EQ(match("ol", "gold"), Pattern::Answer::kNo);
    EXPECT_EQ(match("^eu-.*$", "eu-west"), Pattern::Answer::kYes);
    EXPECT_EQ(match("[a-z]+\\d{2}", "ab12"), Pattern::Answer::kYes);
    EXPECT_EQ(match("(?:a|b)\\.c", "b.c"), Pattern::Answer::kYes);
    EXPECT_EQ(match("", ""), Pattern::Answer::kYes);
}

TEST(Pattern, DoesNotTellWhatTheLanguagesReadDifferently) {
    EXPECT_EQ(match(".", "\xC3\xA4"), Pattern::Answer::kUnknown);
    EXPECT_EQ(match(".*", "a\nb"), Pattern::Answer::kUnknown);
    EXPECT_EQ(match("a*", std::string(512, 'a')), Pattern::Answer::kYes);
    EXPECT_EQ(match("a*", std::string(513, 'a')), Pattern::Answer::kUnknown);
}

TEST(Pattern, TakesNoExponentialTime) {
    EXPECT_EQ(match("(a+)+b", std::string(500, 'a')), Pattern::Answer::kNo);
}

struct RefusedPattern {
    const char* name;
    const char* pattern;
    const char* why;
};
class RefusedPatterns : public testing::TestWithParam<RefusedPattern> {};

TEST_P(RefusedPatterns, AreNamed) {
    const auto compiled = Pattern::compile(GetParam().pattern);
    ASSERT_FALSE(compiled);
    EXPECT_THAT(compiled.error().hint, HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedPatterns,
    testing::Values(RefusedPattern{"Flag", "(?i)gold", "(? is not served"},
                    RefusedPattern{"LookAhead", "(?=a)a", "(? is not served"},
                    RefusedPattern{"Possessive", "a++b", "possessive"},
                    RefusedPattern{"BackReference", "(a)\\1", "\\1 is not served"},
                    RefusedPattern{"UnicodeClass", "\\p{L}", "\\p is not served"},
                    RefusedPattern{"Quote", "\\Qa.b\\E", "\\Q is not served"},
                    RefusedPattern{"Intersection", "[a-z&&[aeiou]]", "intersection"},
                    RefusedPattern{"NestedClass", "[a[bc]]", "class within"},
                    RefusedPattern{"BracketFirst", "[]a]", "write \\]"},
                    RefusedPattern{"Open", "(a", "can not be read"},
                    RefusedPattern{"NotAscii", "\xC3\xA4", "printable"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cambist
