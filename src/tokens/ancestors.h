// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "model/flow.h"

namespace cambist::tokens {

// Claim xp of what is issued: the parties' ancestors, and what ends a token that does not say so
// itself: its rules, the relations they rest on, an actor it hides.
std::vector<std::string> ancestors(const Parties& parties, const PlanFacts& plan);
// And its refresh family, so that the end of the family reaches whatever was issued with it, and
// all that came of that. Null: none.
std::vector<std::string> with_family(std::vector<std::string> xp, const RefreshFamily* family);

}  // namespace cambist::tokens
