// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "model/flow.h"

namespace cambist::policy {

// When an exchanged access or ID token ends: the earliest of what each rule allows. Never later
// than the subject token, unless a rule extends it, and never later than the session.
std::int64_t exchange_end(const Facts& facts, const Client& holder,
                          const std::vector<const Rule*>& rules);
// When an access token of another grant ends.
std::int64_t natural_end(const Facts& facts);

// How long and how often a family may refresh: the least of what the rules say now and what the
// family was given first, of which it never gets more. 0: unbounded.
struct FamilyBounds {
    std::int64_t not_after = 0;
    std::int64_t max_uses = 0;
};
FamilyBounds family_bounds(const Facts& facts, const std::vector<const Rule*>& rules);

// Nothing of the family outlives it: puts the bounds and what they cut off into the plan.
void bound_family(PlanFacts& plan, const FamilyBounds& bounds);

// When a refresh token ends that is issued now: Keycloak's idle and maximal times of the session
// (or of none), within the family's end.
std::int64_t refresh_end(const Facts& facts, const Client& holder);

}  // namespace cambist::policy
