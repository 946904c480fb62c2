// SPDX-License-Identifier: Apache-2.0
#include "exchange/simulate.h"

#include <gmock/gmock.h>

#include "exchange/test_world.h"

namespace cambist::exchange {
namespace {

using testing::ElementsAre;

// The shop, where stewards may also act for its people or become them.
constexpr std::string_view kMoreRules = R"(
  - id: agent
    owner: payroll
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { any: true } }
    actor: { clients: [orders] }
    target: { audiences: [payroll] }
    result: { mode: delegation, tokenTypes: [access_token], lifetime: 2m }
  - id: desk
    owner: payroll
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { any: true } }
    actor: { users: { groups: [/staff] } }
    target: { audiences: [payroll] }
    result: { mode: switch-subject, tokenTypes: [access_token], lifetime: 2m }
  - id: night
    owner: payroll
    effect: permit
    requester: { clients: [gateway] }
    subject: { naked: true, users: { any: true } }
    target: { audiences: [payroll] }
    result: { mode: switch-subject, tokenTypes: [access_token], lifetime: 2m }
    risk: { reason: test, expires: 2099-01-01 }
)";

class SimulateTest : public World {
  protected:
    SimulateTest() { apply(std::string(kShopRealm).append(kMoreRules)); }

    Hypothesis by(const std::string& requester, const std::string& audience) {
        Hypothesis made;
        made.requester = requester;
        made.wanted.audiences = {audience};
        made.at = clock_.now();
        return made;
    }
    Result<Simulation> told(const Hypothesis& hypothesis) {
        return simulate(realms_.find("shop")->realm,
                        store_.users().list("shop", UserId(), 100).value(), hypothesis);
    }
    std::optional<ErrorCode> refusal(const Hypothesis& hypothesis) {
        const auto simulated = told(hypothesis);
        if (!simulated) return simulated.error().code;
        const auto& refused = simulated->decision.refusal;
        return refused ? std::optional(refused->code) : std::nullopt;
    }
    static std::string id_token_body(const std::string& token) {
        auto body = exchange_body("orders", token, "&audience=billing");
        const std::string_view type = "token-type:access_token";
        return body.replace(body.rfind(type), type.size(), "token-type:id_token");
    }
    std::string id_of(const std::string& username) {
        return store_.users().find_by_username("shop", username).value()->id.text();
    }
};

TEST_F(SimulateTest, SaysOfATokenWhatTheServerDoesWithIt) {
    for (const auto* name : {"alice", "bob"}) {
        for (const auto* audience : {"billing", "payroll", "nowhere"}) {
            auto asked = by("orders", audience);
            asked.subject_token = login(name, "openid+invoice:read").access_token;
            const auto served = serve(
                exchange_body("orders", asked.subject_token, "&audience=" + std::string(audience)));
            const auto code =
                served.response ? std::nullopt : std::optional(served.response.error().code);
            EXPECT_EQ(refusal(asked), code) << name << " " << audience;
            if (!served.response) continue;
            const auto claims = claims_of(served.response->access_token);
            const auto simulated = told(asked);
            EXPECT_EQ(simulated->plan->expires_at, claims.find("exp")->as_int64());
            EXPECT_EQ(simulated->subject, name);
            EXPECT_EQ(simulated->sentences.size(), 1U);
        }
    }
}

TEST_F(SimulateTest, ANamedUserHasATokenThatWasSentToTheRequester) {
    auto asked = by("orders", "billing");
    asked.subject = "alice";
    EXPECT_EQ(refusal(asked), std::nullopt);
    asked.subject_audience = {"gateway"};
    EXPECT_EQ(refusal(asked), ErrorCode::kNotInAudience);
    asked.subject_audience.clear();
    asked.subject_client = "web";
    EXPECT_EQ(refusal(asked), ErrorCode::kNotInAudience);
    asked.subject = "bob";
    asked.subject_client.clear();
    EXPECT_EQ(refusal(asked), ErrorCode::kRuleSubjectNotSelected);
}

TEST_F(SimulateTest, TheTypeOfTheTokenCounts) {
    auto asked = by("orders", "billing");
    asked.subject = "alice";
    for (const auto type : {TokenType::kIdToken, TokenType::kRefreshToken}) {
        asked.subject_token_type = type;
        EXPECT_EQ(refusal(asked), ErrorCode::kSubjectTypeNotAllowed);
    }
    asked.subject.clear();
    asked.subject_token_type.reset();
    asked.subject_token = login("alice").id_token;
    EXPECT_EQ(refusal(asked), refused(id_token_body(asked.subject_token)));
}

TEST_F(SimulateTest, ABoundTokenNeedsItsKey) {
    auto asked = by("orders", "billing");
    asked.subject = "alice";
    asked.subject_keys.jkt = "key";
    EXPECT_EQ(refusal(asked), ErrorCode::kSenderConstrained);
    asked.proven.jkt = "key";
    EXPECT_NE(refusal(asked), ErrorCode::kSenderConstrained);
}

TEST_F(SimulateTest, TheSwitchOfKeycloakReachesWhatTheClientScopesYield) {
    auto asked = by("gateway", "reports");
    asked.subject = "bob";
    EXPECT_EQ(refusal(asked), std::nullopt);
    EXPECT_THAT(told(asked)->plan->audience, ElementsAre("reports"));
    asked.wanted.audiences = {"billing"};
    EXPECT_NE(refusal(asked), std::nullopt);
    asked.wanted.audiences.clear();
    EXPECT_THAT(told(asked)->plan->audience, ElementsAre("reports"));
}

TEST_F(SimulateTest, AnActorActsByHisNameOrByHisToken) {
    auto asked = by("orders", "payroll");
    asked.subject = "bob";
    asked.actor = "service-account-orders";
    ASSERT_EQ(refusal(asked), std::nullopt);
    EXPECT_EQ(told(asked)->actor, "service-account-orders");
    asked.actor = "alice";
    EXPECT_EQ(refusal(asked), ErrorCode::kActorNotSelected);
    asked.actor.clear();
    asked.actor_token =
        granted("grant_type=client_credentials&client_id=orders&client_secret=orders-secret")
            .access_token;
    EXPECT_EQ(told(asked)->actor, "service-account-orders");
}

TEST_F(SimulateTest, WhoseTokenItIsBecomesWhomHeNames) {
    auto asked = by("orders", "payroll");
    asked.subject = "alice";
    for (const auto& named : {std::string("bob"), std::string("username:bob"), "id:" + id_of("bob"),
                              std::string("email:bob@shop.example"), id_of("bob")}) {
        asked.requested_subject = named;
        ASSERT_EQ(refusal(asked), std::nullopt) << named;
        EXPECT_EQ(told(asked)->subject, "bob");
        EXPECT_EQ(told(asked)->actor, "alice");
    }
    for (const auto* nobody : {"carol", "username:service-account-orders", "id:bob", "email:bob"}) {
        asked.requested_subject = nobody;
        EXPECT_EQ(refusal(asked), ErrorCode::kNotFound) << nobody;
    }
    asked.subject = "bob";
    asked.requested_subject = "alice";
    EXPECT_EQ(refusal(asked), ErrorCode::kSwitchNotAllowed);
}

TEST_F(SimulateTest, OneWhomTwoAreCalledIsNobody) {
    auto users = store_.users().list("shop", UserId(), 100).value();
    for (auto& user : users) user.email = "both@shop.example";
    auto asked = by("orders", "payroll");
    asked.subject = "alice";
    asked.requested_subject = "email:both@shop.example";
    const auto simulated = simulate(realms_.find("shop")->realm, users, asked);
    ASSERT_FALSE(simulated);
    EXPECT_EQ(simulated.error().code, ErrorCode::kRequestedSubjectAmbiguous);
}

TEST_F(SimulateTest, WithoutATokenTheRequesterItselfAsks) {
    auto asked = by("gateway", "payroll");
    asked.requested_subject = "bob";
    EXPECT_EQ(refusal(asked), std::nullopt);
    EXPECT_EQ(told(asked)->actor, "");
    asked.requester = "orders";
    EXPECT_NE(refusal(asked), std::nullopt);
}

TEST_F(SimulateTest, SaysWhatTheRealmLacks) {
    auto asked = by("nobody", "billing");
    asked.subject = "alice";
    EXPECT_EQ(refusal(asked), ErrorCode::kNotFound);
    asked = by("orders", "billing");
    asked.subject = "carol";
    EXPECT_EQ(refusal(asked), ErrorCode::kNotFound);
    asked.subject.clear();
    asked.subject_token = login().refresh_token;
    EXPECT_EQ(refusal(asked), ErrorCode::kNotFound) << "it says nothing by itself";
    asked.subject_token = "x.y.z";
    EXPECT_TRUE(refusal(asked));
    asked.subject_token = login().access_token;
    const auto without_users = simulate(realms_.find("shop")->realm, {}, asked);
    ASSERT_FALSE(without_users);
    EXPECT_EQ(without_users.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace cambist::exchange
