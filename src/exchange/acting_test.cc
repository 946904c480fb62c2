// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "crypto/digest.h"
#include "exchange/test_acting.h"

// Who acts for whom, and what is handed over: what an exchange does beside the plain one.
namespace cambist::exchange {
namespace {

using testing::HasSubstr;

TEST_F(ActingTest, AnActorIsNamedInTheTokenAndInTheRecordAndAtTheRefresh) {
    const auto body = exchange_body("orders", login("bob").access_token,
                                    "&audience=payroll" + with_actor(token_of("orders")));
    const auto claims = claims_of(granted(body).access_token);
    EXPECT_EQ(*claims.find("act")->find_string("client_id"), "orders");
    EXPECT_EQ(*claims.find("may_act")->find_string("client_id"), "twin");
    EXPECT_EQ(records().back().actor_name, "service-account-orders");
    const auto family =
        granted(body + "&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token");
    const auto again = granted(
        "grant_type=refresh_token&client_id=orders&client_secret=orders-secret&refresh_token=" +
        family.access_token);
    EXPECT_EQ(*claims_of(again.access_token).find("act")->find_string("client_id"), "orders");
    EXPECT_EQ(records().back().actor_name, "service-account-orders");
}

TEST_F(ActingTest, WhoPresentsHisTokenActsForWhomHeAsksIfHeWasGrantedThat) {
    const auto body =
        exchange_body("orders", login().access_token, "&audience=reports&requested_subject=bob");
    EXPECT_EQ(refused(body), ErrorCode::kRuleSubjectNotSelected);
    let_alice();
    const auto claims = claims_of(granted(body).access_token);
    EXPECT_EQ(*claims.find_string("sub"), id_of("bob").text());
    EXPECT_EQ(*claims.find("act")->find_string("sub"), id_of("alice").text());
    EXPECT_EQ(*claims.find("may_act")->find_string("sub"), id_of("bob").text());
    EXPECT_EQ(claims.find("sid"), nullptr) << "nothing of her log-in is his";
}

TEST_F(ActingTest, ASubjectThatIsNotThereReadsAsOneThatMayNotBeHad) {
    const auto token = login().access_token;
    EXPECT_EQ(refused(exchange_body("orders", token, "&audience=reports&requested_subject=carol")),
              ErrorCode::kRequestedSubjectUnknown);
    EXPECT_EQ(refused(exchange_body("orders", token, "&audience=nowhere&requested_subject=carol")),
              ErrorCode::kRequestedSubjectUnknown)
        << "what a stranger may not tell apart";
}

TEST_F(ActingTest, WhoMayActNextMustBeThere) {
    let_alice();
    const auto alice = login().access_token;
    auto changed = realm();
    changed.replace(changed.find("mayAct: { user: bob }"), 21, "mayAct: { user: alice }");
    apply(changed);
    granted(exchange_body("orders", alice, "&audience=reports&requested_subject=bob"));
    changed = realm();
    changed.replace(changed.find("mayAct: { user: bob }"), 21, "mayAct: { user: zoe }");
    apply(changed);
    EXPECT_EQ(refused(exchange_body("orders", alice, "&audience=reports&requested_subject=bob")),
              ErrorCode::kActorNotSelected);
}

TEST_F(ActingTest, WithoutATokenTheClientActsAsOftenADayAsTheRuleSays) {
    const std::string body =
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=twin"
        "&client_secret=twin-secret&audience=payroll&requested_subject=bob";
    const auto claims = claims_of(granted(body).access_token);
    EXPECT_EQ(*claims.find("act")->find_string("client_id"), "twin");
    EXPECT_EQ(records().back().actor, "twin");
    granted(body);
    EXPECT_EQ(refused(body), ErrorCode::kDailyLimitReached);
    clock_.seconds += 86400;
    granted(body);
}

constexpr std::string_view kVerifier = "a-verifier-of-43-characters-at-the-very-least";
constexpr std::string_view kHandOffType = "urn:cambist:params:oauth:token-type:handoff";

class HandOffTest : public ActingTest {
  protected:
    std::string terms() {
        return "&audience=spa&requested_token_type=" + std::string(kHandOffType) +
               "&code_challenge_method=S256&code_challenge=" + crypto::sha256_base64url(kVerifier);
    }
    std::string making(const std::string& more) {
        return exchange_body("orders", login().access_token, more);
    }
    static std::string redeeming(const std::string& code, const std::string& more = {}) {
        return "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=spa"
               "&subject_token=" +
               code + "&subject_token_type=" + std::string(kHandOffType) +
               "&code_verifier=" + std::string(kVerifier) + more;
    }
};

TEST_F(HandOffTest, GivesItsClientTokensAndASessionOfItsOwnOnce) {
    const auto made = granted(making(terms() + "&acr=2&amr=otp+pwd&scope=openid" +
                                     "&redirect_uri=https://spa.example/done"));
    EXPECT_EQ(made.token_type, "N_A");
    const auto body = redeeming(made.access_token, "&redirect_uri=https://spa.example/done");
    const auto tokens = granted(body);
    const auto claims = claims_of(tokens.access_token);
    EXPECT_EQ(*claims.find_string("azp"), "spa");
    EXPECT_EQ(*claims.find_string("acr"), "2");
    EXPECT_EQ(*claims.find("act")->find_string("client_id"), "orders");
    granted("grant_type=refresh_token&client_id=spa&refresh_token=" + tokens.refresh_token);
    EXPECT_EQ(refused(body), ErrorCode::kHandOffTaken);
    EXPECT_FALSE(
        serve("grant_type=refresh_token&client_id=spa&refresh_token=" + tokens.refresh_token)
            .response)
        << "whoever shows a code twice may have stolen it";
}

TEST_F(HandOffTest, WantsAChallengeThatProtects) {
    const auto challenge = crypto::sha256_base64url(kVerifier);
    const std::string start = "&audience=spa&requested_token_type=" + std::string(kHandOffType);
    EXPECT_EQ(refused(making(start)), ErrorCode::kMissingParameter);
    EXPECT_EQ(refused(making(start + "&code_challenge=" + challenge)), ErrorCode::kHandOffTerms);
    EXPECT_EQ(
        refused(making(start + "&code_challenge=" + challenge + "&code_challenge_method=plain")),
        ErrorCode::kHandOffTerms);
    for (const auto* wrong : {"short", "============================================"})
        EXPECT_EQ(refused(making(start + "&code_challenge_method=S256&code_challenge=" + wrong)),
                  ErrorCode::kHandOffTerms);
    EXPECT_EQ(refused(making(terms() + "&acr=3")), ErrorCode::kHandOffTerms);
}

TEST_F(HandOffTest, ItsParametersAreRefusedWhereThereIsNone) {
    for (const auto* name : {"code_challenge", "origin", "acr", "redirect_uri", "code_verifier"})
        EXPECT_EQ(refused(making("&audience=billing&" + std::string(name) + "=x")),
                  ErrorCode::kParameterNotSupported)
            << name;
}

// A log-in that becomes an offline session keeps the time at which the user proved who he is.
TEST_F(ActingTest, AnOfflineLogInHasASessionOfItsOwn) {
    auto changed = realm();
    changed.replace(changed.find("orders, \"invoice:read\"]"), 23,
                    "orders, \"invoice:read\"]\n    optionalClientScopes: [offline_access]");
    apply(changed);
    const auto tokens = login("alice", "openid+offline_access");
    clock_.seconds += 60;
    const auto again =
        granted("grant_type=refresh_token&client_id=web&refresh_token=" + tokens.refresh_token);
    EXPECT_EQ(claims_of(again.access_token).find("auth_time")->as_int64(), clock_.seconds - 60);
    EXPECT_THAT(again.scope, HasSubstr("offline_access"));
}

}  // namespace
}  // namespace cambist::exchange
