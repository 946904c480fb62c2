// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "model/flow.h"

namespace cambist::policy {

// When an exchanged access or ID token ends: the earliest of what each rule allows. Never later
// than the subject token, unless every rule extends it, and never later than the session.
struct ExchangeEnd {
    std::int64_t at = 0;
    // Nothing that comes of it lives longer; 0: no such bound. It is set by the first extension and
    // stays, so that exchanges in a row or in a loop do not extend again and again.
    std::int64_t of_chain = 0;
};
ExchangeEnd exchange_end(const Facts& facts, const Client& holder,
                         const std::vector<const Rule*>& rules);
// When an access token of another grant ends, in this session (null: none).
std::int64_t natural_end(const Facts& facts, const Session* session);

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
// (or of none) and of the client's part in it, which began with the family; within the family's
// end.
std::int64_t refresh_end(const Facts& facts, const Client& holder, const Session* session);

}  // namespace cambist::policy
