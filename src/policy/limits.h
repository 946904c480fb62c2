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

// When a refresh token ends that is issued now: Keycloak's idle and maximal times of the session
// (or of none), and what the family and the rules bound.
std::int64_t refresh_end(const Facts& facts, const Client& holder,
                         const std::vector<const Rule*>& rules);

}  // namespace cambist::policy
