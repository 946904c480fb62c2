// SPDX-License-Identifier: Apache-2.0
#include "exchange/redact.h"

#include <gtest/gtest.h>

namespace cambist::exchange {
namespace {

const std::string kJwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
const std::string kRefresh = "cr_Cp0TjAbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-";

TEST(WithoutTokens, TakesTokensOutAndLeavesTheRest) {
    EXPECT_EQ(without_tokens("got '" + kJwt + "' and " + kRefresh + ", sorry"),
              "got '(a token)' and (a token), sorry");
    EXPECT_EQ(without_tokens(kJwt), "(a token)");
    EXPECT_EQ(without_tokens("token-exchange" + kJwt), "token-exchange(a token)");
}

TEST(WithoutTokens, LeavesOrdinaryTextAlone) {
    for (const auto* text : {"", "eyJ", "cr_", "eyJ is how it begins", "eyJhbGciOiJFUzI",
                             "billing-api", "a cr_short one", "eyeyJeyJ"})
        EXPECT_EQ(without_tokens(text), text);
}

TEST(WithoutTokens, FindsATokenBehindAWordThatBeginsLikeOne) {
    EXPECT_EQ(without_tokens("eyJ " + kJwt), "eyJ (a token)");
}

}  // namespace
}  // namespace cambist::exchange
