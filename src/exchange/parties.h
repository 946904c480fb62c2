// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "model/flow.h"

namespace cambist::exchange {

// Stage 3, relate: what the parties are to each other, for every grant. The actor chain that the
// subject token carries is kept as it is, the exchange tree grows by one, both within bounds.
// Fails with kChainTooDeep or kSubjectTokenClaims.
Result<Parties> relate(Evidence evidence, const Caller& caller, const Realm& realm);

// The requested subject could not be had, and nothing else is wrong that would be told of anybody.
Status check_requested(const Decision& decision, const Parties& parties);

}  // namespace cambist::exchange
