// SPDX-License-Identifier: Apache-2.0
// One request for several targets: all of them or none.
#include <gmock/gmock.h>

#include "policy/exchange_fixture.h"

namespace cambist::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SeveralTargets : public Exchange {
  protected:
    SeveralTargets() {
        Rule second = orders_to_billing();
        second.id = RuleId("orders-to-catalog");
        second.target->audiences = {"catalog"};
        second.result.scopes = {"invoice:pay", "invoice:read"};
        second.result.lifetime = Seconds(60);
        second.result.claims = ClaimsKind::kList;
        second.result.claim_names = {"email", "name"};
        add(second);
        wanted.audiences = {"billing-api", "catalog", "billing-api"};
    }
};

TEST_F(SeveralTargets, ShareTheStrictestOfEverything) {
    rule().result.claims = ClaimsKind::kFull;
    const PlanFacts facts = plan();
    EXPECT_THAT(facts.audience, ElementsAre("billing-api", "catalog"));
    EXPECT_THAT(facts.scopes, ElementsAre("invoice:read"));
    EXPECT_EQ(facts.expires_at, kNow + 60);
    EXPECT_EQ(facts.claims, ClaimsKind::kList);
    EXPECT_THAT(facts.claim_names, ElementsAre("email", "name"));
    EXPECT_EQ(facts.rules.size(), 2U);
}

TEST_F(SeveralTargets, AllOrNothing) {
    realm.rules.back().enabled = false;
    EXPECT_EQ(code(), "kNoRule");
}

TEST_F(SeveralTargets, RefreshOnlyIfAllGrantIt) {
    rule().result.refresh = RefreshKind::kBounded;
    wanted.token_type = TokenType::kRefreshToken;
    EXPECT_EQ(code(), "kRefreshNotAllowed");
    realm.rules.back().result.refresh = RefreshKind::kBounded;
    EXPECT_EQ(code(), "permitted");
}

TEST_F(SeveralTargets, DisagreeOverTheHolder) {
    rule().result.holder = Holder::kTarget;
    EXPECT_EQ(code(), "kTargetsDisagree");
    EXPECT_THAT(hint(), HasSubstr("holder"));
}

TEST_F(SeveralTargets, DenialOfOneRefusesAllAndIsTheCauseNamed) {
    rule().enabled = false;
    Rule deny = denial("no-catalog");
    deny.target = audiences({"catalog"});
    add(deny);
    EXPECT_EQ(code(), "kRuleDenies");
}

}  // namespace
}  // namespace cambist::policy
