// SPDX-License-Identifier: Apache-2.0
#include "policy/limits.h"

#include <gtest/gtest.h>

#include "policy/policy_fixture.h"

namespace cambist::policy {
namespace {

// When tokens end, by every limit there is; numbers are seconds from now.
class Limits : public PolicyTest {
  protected:
    Limits() { session.expires = 0; }
    std::int64_t refresh() {
        const Facts given = facts();
        return refresh_end(given, *given.requester, given.session) - kNow;
    }
    std::int64_t access() {
        const Facts given = facts();
        return natural_end(given, given.session) - kNow;
    }
    void of_family(std::int64_t age) {
        grant = GrantType::kRefreshToken;
        family.created = kNow - age;
    }
    ExchangeEnd exchange(std::vector<const Rule*> rules) {
        const Facts given = facts();
        return exchange_end(given, *given.requester, rules);
    }
};

TEST_F(Limits, ARefreshTokenIdlesAsTheSessionTheRealmsClientsOrTheClient) {
    EXPECT_EQ(refresh(), 1800);
    realm.lifetimes.client_session_idle = Seconds(900);
    EXPECT_EQ(refresh(), 900);
    client("orders-api").session_idle = Seconds(600);
    EXPECT_EQ(refresh(), 600);
    client("orders-api").session_idle = Seconds(7200);  // never beyond the SSO session's
    EXPECT_EQ(refresh(), 1800);
}

TEST_F(Limits, AClientsPartInTheSessionIsOverAfterItsOwnMaximum) {
    realm.lifetimes.client_session_max = Seconds(1000);
    EXPECT_EQ(refresh(), 1000);
    EXPECT_EQ(access(), 300);
    of_family(/*age=*/800);
    EXPECT_EQ(refresh(), 200);
    EXPECT_EQ(access(), 200);
    client("orders-api").session_max = Seconds(900);
    EXPECT_EQ(refresh(), 100);
    EXPECT_EQ(access(), 100);
}

TEST_F(Limits, TheSsoSessionsMaximumCountsFromTheLogIn) {
    session.started = kNow - 35'900;
    EXPECT_EQ(refresh(), 100);
    has_session = false;
    of_family(/*age=*/35'950);
    EXPECT_EQ(refresh(), 50);
}

TEST_F(Limits, AnOfflineTokenHasItsOwnTimes) {
    session.offline = true;
    realm.lifetimes.client_session_idle = Seconds(1);
    client("orders-api").session_max = Seconds(1);
    EXPECT_EQ(refresh(), 2'592'000);
    realm.lifetimes.client_offline_session_idle = Seconds(2000);
    EXPECT_EQ(refresh(), 2000);
    client("orders-api").offline_session_idle = Seconds(1000);
    EXPECT_EQ(refresh(), 1000);
}

TEST_F(Limits, AnOfflineMaximumCountsOnlyWhereTheRealmEnablesIt) {
    session.offline = true;
    client("orders-api").offline_session_max = Seconds(500);
    realm.lifetimes.offline_session_max = Seconds(700);
    EXPECT_EQ(refresh(), 2'592'000);
    realm.lifetimes.offline_session_max_enabled = true;
    EXPECT_EQ(refresh(), 500);
    client("orders-api").offline_session_max.reset();
    EXPECT_EQ(refresh(), 600);  // the session began 100 s ago
    realm.lifetimes.client_offline_session_max = Seconds(400);
    EXPECT_EQ(refresh(), 400);
}

TEST_F(Limits, AnExtensionStartsOnceAndNotAgainAtEveryExchange) {
    Rule rule = orders_to_billing();
    rule.result.lifetime = Seconds(5000);
    rule.result.extend_to = Seconds(3600);
    const ExchangeEnd first = exchange({&rule});
    EXPECT_EQ(first.at, kNow + 3600);
    EXPECT_EQ(first.of_chain, kNow + 3600);
    // The token that came of it, exchanged again a while later.
    token.expires_at = token.chain_end = kNow + 100;
    const ExchangeEnd second = exchange({&rule});
    EXPECT_EQ(second.at, kNow + 100);
    EXPECT_EQ(second.of_chain, kNow + 100);
}

TEST_F(Limits, WhereOneRuleDoesNotExtendNothingIsExtended) {
    Rule extends = orders_to_billing();
    extends.result.extend_to = Seconds(3600);
    Rule keeps = orders_to_billing();
    keeps.result.lifetime = Seconds(5000);
    EXPECT_EQ(exchange({&extends, &keeps}).of_chain, 0);
    token.expires_at = kNow + 20;
    EXPECT_EQ(exchange({&extends, &keeps}).at, kNow + 20);
}

}  // namespace
}  // namespace cambist::policy
