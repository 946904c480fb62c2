// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "policy/exchange_fixture.h"

namespace cambist::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A public client that a rule lets exchange: with no secret it can get less than it has, or what
// is bound to a key of its own.
class PublicClient : public Exchange {
  protected:
    PublicClient() {
        requester = "web";
        method = ClientAuthMethod::kNone;
        rule().requester->clients = {"web"};
        rule().requester->auth_methods = {ClientAuthMethod::kNone};
        token.audience = {"web", "billing-api", "orders-api"};
    }
    void refuse(const std::string& part) {
        EXPECT_EQ(code(), "kPublicClientExchange");
        EXPECT_THAT(hint(), HasSubstr(part));
    }
};

TEST_F(PublicClient, NarrowsItsOwnToken) {
    const auto made = plan();
    EXPECT_THAT(made.audience, ElementsAre("billing-api"));
    EXPECT_THAT(made.scopes, ElementsAre("invoice:read"));
    EXPECT_EQ(made.refresh, IssueRefresh::kNone);
}

TEST_F(PublicClient, GoesToNoTargetThatItsTokenDoesNotName) {
    token.audience = {"web", "orders-api"};
    refuse("may only narrow it: to targets among 'web', 'orders-api'");
    // A key that it must show protects the new token as it does the old one.
    token.is_bound = true;
    token.cnf.jkt = "thumbprint";
    EXPECT_NE(code(), "kPublicClientExchange");
}

TEST_F(PublicClient, GetsNoScopeThatItsTokenDoesNotHave) {
    rule().result.beyond_subject = true;
    rule().risk = Risk{"why", "x", kNow + 1000};
    rule().result.scopes = {"invoice:write"};
    refuse("scopes among 'openid', 'profile', 'invoice:read', 'invoice:pay'");
}

TEST_F(PublicClient, GetsNoLongerLife) {
    rule().result.lifetime = Seconds(3600);
    rule().result.extend_to = Seconds(3600);
    rule().risk = Risk{"why", "x", kNow + 1000};
    refuse("for no longer than it lives");
}

TEST_F(PublicClient, GetsNoIdTokenOfWhatIsNoLogIn) {
    rule().result.token_types = {TokenType::kAccessToken, TokenType::kIdToken};
    rule().result.scopes = {"openid", "invoice:read"};
    wanted.token_type = TokenType::kIdToken;
    EXPECT_EQ(code(), "permitted") << hint();
    token.scopes = {"invoice:read"};
    rule().result.scopes = {"invoice:read"};
    refuse("may only narrow it");
}

TEST_F(PublicClient, GetsNoRefreshTokenAndNoTokenForAnother) {
    rule().result.token_types = {TokenType::kAccessToken, TokenType::kRefreshToken};
    rule().result.refresh = RefreshKind::kBounded;
    wanted.token_type = TokenType::kRefreshToken;
    refuse("it gets no refresh token by an exchange");
}

TEST_F(PublicClient, ExchangesWhatItHoldsAndNothingElse) {
    token.holder = ClientId("catalog");
    EXPECT_EQ(code(), "kNotHolder");
    EXPECT_THAT(hint(), HasSubstr("held by 'catalog'"));
}

}  // namespace
}  // namespace cambist::policy
