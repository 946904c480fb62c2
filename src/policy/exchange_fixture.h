// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "policy/policy_fixture.h"

namespace cambist::policy {

// A realm in which one rule permits the exchange that is asked for; tests change either.
class Exchange : public PolicyTest {
  protected:
    Exchange() { add(orders_to_billing()); }
    Rule& rule() { return realm.rules.front(); }
    PlanFacts plan() {
        const Decision decision = decide();
        EXPECT_EQ(code_of(decision), "permitted") << hint_of(decision);
        return decision.plan ? decision.plan->facts() : PlanFacts{};
    }
    std::string code() { return code_of(decide()); }
    std::string hint() { return hint_of(decide()); }
};

}  // namespace cambist::policy
