// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "exchange/test_acting.h"

// Who may act for the subject of what is issued (RFC 8693 section 4.4): by a relation, by a scope
// that is asked for, or by both.
namespace cambist::exchange {
namespace {

using testing::HasSubstr;

constexpr std::string_view kScopes = R"(  - name: "delegation:user"
  - name: "delegation:client"
)";
// Tokens for payroll say by the relation `guardian` who may act; guardians, staff and twin's
// service may.
constexpr std::string_view kNaming = R"(
  - id: named
    owner: reports
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { any: true } }
    target: { audiences: [reports] }
    result: { mode: same-subject, tokenTypes: [access_token], lifetime: 2m, mayAct: { relation: guardian }, scopes: { allow: ["delegation:user", "delegation:client"] } }
  - id: guardians
    owner: payroll
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { relation: guardian } }
    actor: { users: { any: true } }
    target: { audiences: [payroll] }
    result: { mode: delegation, tokenTypes: [access_token], lifetime: 2m }
  - id: robots
    owner: payroll
    effect: permit
    requester: { clients: [twin] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: any, users: { any: true } }
    actor: { clients: [twin] }
    target: { audiences: [payroll] }
    result: { mode: delegation, tokenTypes: [access_token], lifetime: 2m }
    risk: { reason: test, expires: 2099-01-01 }
)";
constexpr std::string_view kUsers = R"(  - username: zoe
    credentials: [{ type: password, value: zoe-password }]
)";

class SuccessorTest : public ActingTest {
  protected:
    SuccessorTest() {
        auto text = std::string(kShopRealm).append(kNaming);
        text.insert(text.find("exchangeRules:\n"), kUsers);
        text.insert(text.find("groups:\n"), kActingClients);
        text.insert(text.find("clients:\n"), kScopes);
        const std::string_view scopes = "acr, orders, \"invoice:read\"]";
        text.replace(
            text.find(scopes), scopes.size(),
            std::string(scopes) +
                "\n    optionalClientScopes: [\"delegation:user\", \"delegation:client\"]");
        apply(text);
    }
    void relate(const std::string& id, RelationEnd actor, const std::string& kind = "guardian") {
        Relation relation;
        relation.id = id;
        relation.kind = kind;
        relation.actor = std::move(actor);
        relation.subject = {EndKind::kUser, id_of("bob").text()};
        ASSERT_TRUE(store_.commit({"shop", {store::AddRelation{relation}}}));
    }
    RelationEnd user(const std::string& name) { return {EndKind::kUser, id_of(name).text()}; }
    std::string asking(const std::string& scope = {}) {
        return exchange_body("orders", login("bob").access_token,
                             "&audience=reports" + (scope.empty() ? "" : "&scope=" + scope));
    }
    json::Value may_act(const TokenResponse& issued) {
        const auto claims = claims_of(issued.access_token);
        const auto* named = claims.find("may_act");
        return named == nullptr ? json::Value() : *named;
    }
    std::string why(const std::string& body) {
        const auto outcome = serve(body);
        return outcome.response ? "permitted" : outcome.response.error().describe();
    }
};

TEST_F(SuccessorTest, WhoStandsAloneInTheRelationIsNamedByIt) {
    EXPECT_THAT(why(asking()), HasSubstr("that is nobody, or a group"));
    relate("r1", user("alice"));
    const auto named = may_act(granted(asking()));
    EXPECT_EQ(*named.find_string("sub"), id_of("alice").text());
    EXPECT_EQ(*named.find_string("iss"), "https://id.example/realms/shop");
}

TEST_F(SuccessorTest, AClientThatStandsInItIsNamedAsOne) {
    relate("r1", {EndKind::kClient, "twin"});
    EXPECT_EQ(*may_act(granted(asking())).find_string("client_id"), "twin");
}

TEST_F(SuccessorTest, OfSeveralTheRequestNamesOne) {
    relate("r1", user("alice"));
    relate("r2", user("zoe"));
    EXPECT_THAT(why(asking()), HasSubstr("several stand in the relation"));
    const auto named = may_act(granted(asking("delegation:user:zoe")));
    EXPECT_EQ(*named.find_string("sub"), id_of("zoe").text());
}

TEST_F(SuccessorTest, OfAGroupTheRequestNamesAMember) {
    relate("r1", {EndKind::kGroup, "/staff"});
    EXPECT_THAT(why(asking()), HasSubstr("or a group"));
    const auto named = may_act(granted(asking("delegation:user:alice")));
    EXPECT_EQ(*named.find_string("sub"), id_of("alice").text());
    EXPECT_EQ(refused(asking("delegation:user:zoe")), ErrorCode::kScopeNotAllowed);
}

TEST_F(SuccessorTest, WhoMayActByAnotherRuleStandsInNoRelation) {
    relate("r1", user("alice"));
    EXPECT_THAT(why(asking("delegation:client:twin")), HasSubstr("stands in no relation"));
}

TEST_F(SuccessorTest, WhoIsDisabledIsNotNamed) {
    relate("r1", user("zoe"));
    auto zoe = *store_.users().find_by_username("shop", "zoe").value();
    zoe.enabled = false;
    ASSERT_TRUE(store_.users().put("shop", {zoe}));
    EXPECT_THAT(why(asking()), HasSubstr("is disabled or gone"));
}

TEST_F(SuccessorTest, ALogInNamesWhoMayActForHimAndKeepsThatAtTheRefresh) {
    relate("r1", user("alice"));
    EXPECT_EQ(refused("grant_type=password&client_id=web&username=bob&password=bob-password"
                      "&scope=delegation:user:zoe"),
              ErrorCode::kScopeNotAllowed);
    EXPECT_EQ(refused("grant_type=password&client_id=web&username=bob&password=bob-password"
                      "&scope=delegation:user:bob"),
              ErrorCode::kScopeNotAllowed);
    const auto tokens = login("bob", "openid+delegation:user:alice");
    EXPECT_EQ(*may_act(tokens).find_string("sub"), id_of("alice").text());
    const auto refresh =
        "grant_type=refresh_token&client_id=web&refresh_token=" + tokens.refresh_token;
    const auto again = granted(refresh);
    EXPECT_EQ(*may_act(again).find_string("sub"), id_of("alice").text());
    ASSERT_TRUE(store_.commit({"shop", {store::RemoveRelation{"r1"}}}));
    const auto last =
        granted("grant_type=refresh_token&client_id=web&refresh_token=" + again.refresh_token);
    EXPECT_TRUE(may_act(last).is_null());
}

}  // namespace
}  // namespace cambist::exchange
