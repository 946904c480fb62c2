// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/result.h"
#include "policy/rule_index.h"
#include "policy/targets.h"
#include "policy/trace.h"

namespace cambist::policy {

// The rule that decides for one target. `target` is null when no target was asked for.
struct Choice {
    const Target* target = nullptr;
    const RuleMatcher* rule = nullptr;
};

// A permit that was looked at for one target.
struct Candidate {
    const RuleMatcher* rule = nullptr;
    Obstacles obstacles;
};

// Whether a rule's `reachable` target covers this one (null: whatever is reachable).
enum class UseReach : bool { kNo, kYes };

// For each target: deny wins, else the first permit in the realm's order decides. All or nothing.
// Without targets the one choice has the rule that stands for the requester's switch.
Result<std::vector<Choice>> select(const RuleIndex& index, const Facts& facts,
                                   const Targets& targets, Trace& trace);

// The permits for a target in the realm's order, with what keeps each from serving. With
// UseReach::kNo facts.reach is not read and counts as reaching everything.
std::vector<Candidate> find_candidates(const RuleIndex& index, const Facts& facts,
                                       const Target* target, UseReach use_reach);

// Fails with kRuleDenies when a denial covers the target (null: denials of everything only).
Status check_denials(const RuleIndex& index, const Facts& facts, const Target* target,
                     Trace& trace);

}  // namespace cambist::policy
