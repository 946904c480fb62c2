// SPDX-License-Identifier: Apache-2.0
// API keys as subject tokens: whoever the rule names may bring one, and no rule goes beyond it.
#include <gmock/gmock.h>

#include "policy/exchange_fixture.h"

namespace cambist::policy {
namespace {

class ApiKeys : public Exchange {
  protected:
    ApiKeys() {
        rule().subject->token_types = {TokenType::kApiKey};
        token.type = TokenType::kApiKey;
        token.audience.clear();
        token.holder = ClientId();
        token.session = SessionId();
        token.scopes = {"invoice:read"};
        has_session = false;
    }
};

TEST_F(ApiKeys, AreBoundToNoClientWhateverTheBinding) {
    for (const auto binding : {Binding::kAudience, Binding::kHolder, Binding::kAny}) {
        rule().subject->binding = binding;
        EXPECT_EQ(code(), "permitted");
    }
    requester = "catalog";
    EXPECT_EQ(code(), "kExchangeNotEnabled");
}

TEST_F(ApiKeys, ServeOnlyWhereTheRuleNamesTheirType) {
    rule().subject->token_types = {TokenType::kAccessToken, TokenType::kJwt};
    EXPECT_NE(code(), "permitted");
    rule().subject->token_types.clear();
    EXPECT_NE(code(), "permitted");
}

TEST_F(ApiKeys, BoundTheScopesAlsoOfARuleThatGoesBeyondItsSubject) {
    rule().result.scopes = {"invoice:read", "invoice:pay"};
    rule().result.beyond_subject = true;
    EXPECT_THAT(plan().scopes, testing::ElementsAre("invoice:read"));
    want_scopes({"invoice:pay"});
    EXPECT_EQ(code(), "kScopeNotAllowed");
    want_scopes({"offline_access"});
    wanted.token_type = TokenType::kRefreshToken;
    rule().result.refresh = RefreshKind::kOffline;
    EXPECT_EQ(code(), "kScopeNotAllowed");
}

}  // namespace
}  // namespace cambist::policy
