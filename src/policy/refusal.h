// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/error.h"
#include "policy/select.h"

namespace cambist::policy {

// The one cause to name when no permit serves a target (null: no target was asked for): that of the
// rule that came closest, with both parties, what was presented and expected, and the next step.
Error explain_refusal(const RuleIndex& index, const Facts& facts, const Target* target,
                      const std::vector<Candidate>& candidates);

// " Its owner is 'team-billing'.", or empty.
std::string owner_of(const Rule& rule);

}  // namespace cambist::policy
