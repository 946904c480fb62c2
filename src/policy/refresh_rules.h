// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/rule_index.h"
#include "policy/select.h"
#include "policy/targets.h"
#include "policy/trace.h"

namespace cambist::policy {

// What a refresh asks again: do the rules of the exchange still grant what they granted?

// The restriction of the family without clients that are disabled now. kTargetDisabled: all are.
Result<Targets> enabled_targets(const Facts& facts);
// As `aud` would name it.
std::string_view audience_of(const Target& target);
// What this refresh asks for of what was granted: all, unless it names resources.
Targets wanted_of(const Targets& targets, const Facts& facts);
// The rule that grants each target now. kRefreshRuleGone, kRuleDenies, kTargetDisabled.
Result<std::vector<Choice>> choose_again(const RuleIndex& index, const Facts& facts,
                                         const Targets& targets, Trace& trace);

}  // namespace cambist::policy
