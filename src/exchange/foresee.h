// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "claims/claims.h"
#include "model/flow.h"
#include "policy/policy.h"

namespace cambist::exchange {

// What the holder's client scopes would yield, which a decision takes as given. `facts` has all but
// its reach.
Reach foresee(const claims::RealmClaims& claims, const policy::Policy& policy, const Facts& facts);

}  // namespace cambist::exchange
