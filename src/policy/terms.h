// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/select.h"

namespace cambist::policy {

// What the chosen rules allow together: of each thing the strictest.
struct Terms {
    std::vector<const Rule*> rules;  // each once, in the order of the targets
    const Client* holder = nullptr;
    bool all_by_switch = false;  // only Keycloak's switch: its semantics of scopes
    // Whose client scopes and mappers count instead of the holder's: Keycloak's legacy exchange.
    const Client* scoped = nullptr;
    bool may_refresh = false;
    bool may_offline = false;         // refresh: offline
    bool may_create_session = false;  // session: create
    bool consumes_subject = false;    // one of them does
    bool hides_actor = true;          // all of them do
    bool requester_acts = false;      // one of them makes the requester the actor
    MayAct may_act;                   // all name the same
    std::vector<PlanFacts::DailyLimit> daily_limits;
    bool break_glass = false;
    ClaimsKind claims = ClaimsKind::kFull;
    std::vector<std::string> claim_names;  // kList only; sorted

    bool allows_type(TokenType type) const;
};

// The target of a rule that stands for a permission of Keycloak's legacy exchange, else null.
const Client* find_scoped(const Rule& rule, const Facts& facts);

// Fails with kTargetsDisagree when the rules contradict each other, or with kNoRule when the holder
// would be a target that can hold no token.
Result<Terms> combine(const std::vector<Choice>& choices, const Facts& facts);

}  // namespace cambist::policy
