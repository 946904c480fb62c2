// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "policy/rule_index.h"
#include "policy/trace.h"

namespace cambist::policy {

// RFC 8693: what this requester may have for this subject token, by the rules.
Result<PlanFacts> plan_exchange(const RuleIndex& index, const Facts& facts, Trace& trace);

// Fails with kExchangeNotEnabled when no permit selects the requester.
Status check_selected(const RuleIndex& index, const Client& requester, const Identity* account);

}  // namespace cambist::policy
