// SPDX-License-Identifier: Apache-2.0
#include "tokens/hidden_scopes.h"

#include <gmock/gmock.h>

#include "json/parse.h"
#include "tokens/introspection.h"
#include "tokens/test_minter.h"

namespace cambist::tokens {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HiddenScopesTest : public MinterTest {
  protected:
    HiddenScopesTest() {
        add("orders", true);
        add("quiet", false);
        add("always", false);
        client("web").optional_scopes = {"orders", "quiet"};
        client("web").default_scopes = {"always"};
        publish();
    }
    PlanFacts plan() const {
        auto facts = MinterTest::plan();
        facts.client_scopes = {"always", "orders", "quiet"};
        facts.refresh = IssueRefresh::kNewFamily;
        return facts;
    }

  private:
    void add(const char* name, bool shown) {
        ClientScope scope;
        scope.name = name;
        scope.protocol = "openid-connect";
        scope.include_in_token_scope = shown;
        auto mapper = username_mapper();
        mapper.config["claim.name"] = std::string("of-") + name;
        mapper.config["access.token.claim"] = "false";
        scope.mappers.push_back(std::move(mapper));
        realm_.scopes.push_back(std::move(scope));
    }
};

TEST_F(HiddenScopesTest, AreTheOptionalOnesThatTheScopeDoesNotName) {
    auto facts = plan();
    EXPECT_THAT(hidden_scopes(facts), ElementsAre("quiet"));
    facts.scopes.emplace_back("quiet");  // by a rule, whose word it is
    EXPECT_THAT(hidden_scopes(facts), IsEmpty());
    facts.client_scopes.clear();
    EXPECT_THAT(hidden_scopes(facts), IsEmpty());
}

TEST_F(HiddenScopesTest, AreThoseOfTheTargetWhereItsMappersApply) {
    auto facts = plan();
    facts.scoped = &served("api");
    EXPECT_THAT(hidden_scopes(facts), IsEmpty());
    client("api").optional_scopes = {"quiet"};
    publish();
    facts = plan();
    facts.scoped = &served("api");
    EXPECT_THAT(hidden_scopes(facts), ElementsAre("quiet"));
}

TEST_F(HiddenScopesTest, AreKeptInTheFamilyAndShownToNobody) {
    const auto minted = mint(plan(), parties());
    EXPECT_THAT(minted.new_family->scopes, ElementsAre("openid", "orders", "quiet"));
    EXPECT_THAT(minted.scopes, ElementsAre("openid", "orders"));
    EXPECT_EQ(*claims_of(minted.text).find_string("scope"), "openid orders");
    const auto told = *json::parse(
        render_refresh_introspection(snapshot_, *minted.new_family, *parties().subject, nullptr));
    EXPECT_EQ(*told.find_string("scope"), "openid orders");
}

TEST_F(HiddenScopesTest, AreKnownAgainAtIntrospectionAndUserinfo) {
    const auto token = verify(mint(plan(), parties()).text);
    ASSERT_TRUE(token.has_value()) << token.error().describe();
    const auto told = *json::parse(*render_introspection(snapshot_, *token));
    const auto info = *make_userinfo(snapshot_, *token);
    for (const auto* name : {"of-always", "of-orders", "of-quiet"}) {
        EXPECT_NE(told.find(name), nullptr) << name;
        EXPECT_NE(info.find(name), nullptr) << name;
    }
    EXPECT_EQ(told.find(kHiddenScopesClaim), nullptr);
}

TEST_F(HiddenScopesTest, ATokenWithoutThemSaysNothingOfThem) {
    auto facts = plan();
    std::erase(facts.client_scopes, "quiet");
    const auto text = mint(facts, parties()).text;
    EXPECT_EQ(claims_of(text).find(kHiddenScopesClaim), nullptr);
    const auto told = *json::parse(*render_introspection(snapshot_, *verify(text)));
    EXPECT_EQ(told.find("of-quiet"), nullptr);
}

}  // namespace
}  // namespace cambist::tokens
