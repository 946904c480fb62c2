// SPDX-License-Identifier: Apache-2.0
#include "json/plain_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "json/parse.h"

namespace cambist::json {
namespace {

constexpr std::size_t kDepth = 16;
const std::string kClaims =
    R"({"exp":1764500000,"iat":1764496400,"jti":"trrtro:1b","iss":"http://localhost/realms/shop",)"
    R"("aud":["orders-api","account"],"sub":"8f3c","typ":"Bearer","email_verified":true,)"
    R"("realm_access":{"roles":["offline_access","uma_authorization"]},"none":null,"off":false,)"
    "\"name\":\"J\xC3\xBCrgen \xE2\x82\xAC\", \"empty\" : {} ,\t\"list\":[ ],\r\n\"minus\":-12}";

TEST(PlainReader, ReadsClaimsAsTheGeneralReader) {
    Value value;
    ASSERT_TRUE(read_plain(kClaims, kDepth, value));
    EXPECT_EQ(value, parse(kClaims).value());
    EXPECT_EQ(value.to_text(), parse(kClaims)->to_text());
}

TEST(PlainReader, LeavesWhatIsRareOrWrongToTheGeneralReader) {
    for (const std::string text : {R"("\u0041")",
                                   R"("a\nb")",
                                   "1.5",
                                   "1e3",
                                   "-",
                                   "01",
                                   "9223372036854775808",
                                   "",
                                   " ",
                                   R"({"a":1,"a":2})",
                                   R"({"a":1,})",
                                   "[1,]",
                                   "[1 2]",
                                   "{\"a\" 1}",
                                   "{a:1}",
                                   "nul",
                                   "tru",
                                   "truex",
                                   "[] []",
                                   "\"a",
                                   "\"\x01\"",
                                   "\"\xC3\"",
                                   "\"\xED\xA0\x80\"",
                                   "\xEF\xBB\xBF{}",
                                   "\"a\"x",
                                   "{\"a\":}",
                                   "[",
                                   "{",
                                   "+1",
                                   ".5"}) {
        Value value;
        EXPECT_FALSE(read_plain(text, kDepth, value)) << text;
    }
    Value value;
    EXPECT_TRUE(read_plain("[[]]", 2, value));
    EXPECT_FALSE(read_plain("[[[]]]", 2, value));
}

TEST(PlainReader, TakesNothingThatTheGeneralReaderRefuses) {
    // The same each time (Numerical Recipes' generator).
    auto random = [state = std::uint32_t{20'261'130}]() mutable {
        state = state * 1'664'525U + 1'013'904'223U;
        return std::size_t{state >> 8U};
    };
    const std::string bytes = "{}[]:,\"\\ \n0123456789-.eEtrufalsn\x00\x1F\x7F\x80\xC3\xFF";
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto text = kClaims;
        for (auto changes = random() % 3; changes-- > 0;) {
            const auto at = random() % text.size();
            switch (random() % 3) {
                case 0:
                    text[at] = bytes[random() % bytes.size()];
                    break;
                case 1:
                    text.erase(at, 1 + random() % 3);
                    break;
                default:
                    text.insert(at, text.substr(random() % text.size(), random() % 20));
            }
        }
        Value value;
        if (!read_plain(text, kDepth, value)) continue;
        ++taken;
        const auto general = parse(text);
        ASSERT_TRUE(general) << text << ": " << general.error().describe();
        ASSERT_EQ(value, *general) << text;
    }
    EXPECT_GT(taken, 5'000);
}

}  // namespace
}  // namespace cambist::json
