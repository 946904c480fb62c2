// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/result.h"
#include "model/flow.h"
#include "policy/targets.h"

namespace cambist::policy {

using Standings = std::vector<const Standing*>;

// The relations and grants between subject and actor that these rules rest on: of each kind that a
// rule names one that reaches all targets. kActorNotSelected when those that there are do not.
Result<Standings> standings_of(const Facts& facts, const std::vector<const Rule*>& rules,
                               const Targets& targets);
// Nothing is issued beyond them: scopes that are not theirs are dropped, or refused when they were
// asked for (kScopeNotAllowed). What is issued ends with them.
Status narrow_by(PlanFacts& plan, const Facts& facts, const Standings& standings);
// Their ends are ends of what is issued.
void end_with(PlanFacts& plan, const Standings& standings);

}  // namespace cambist::policy
