// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "model/flow.h"

namespace cambist::exchange {

// Stage 3, relate: what the parties are to each other, for every grant. The actor chain that the
// subject token carries is kept as it is, the exchange tree grows by one, both within bounds.
// Fails with kChainTooDeep or kSubjectTokenClaims.
Result<Parties> relate(Evidence evidence, const Caller& caller, const Realm& realm);

}  // namespace cambist::exchange
