// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "model/flow.h"
#include "model/permission.h"
#include "policy/match.h"

namespace cambist::policy {

// Whether a condition holds, as Keycloak decides: a pure function of the facts. What can not be
// told is unknown, negated or not, and so is what rests on it, unless the rest decides alone.
// Without a subject in the facts all is unknown that asks for more than the requester.
Answer holds(const Clause& condition, const Facts& facts);

// In words: "the client is orders-api", "it has role trusted and not (...)".
std::string describe(const Clause& condition);

}  // namespace cambist::policy
