// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "model/flow.h"

namespace cambist::exchange {

// Stage 7: the members of the answer, from what was minted and recorded.
TokenResponse respond(const MintedToken& minted, const IssuePlan& plan,
                      const TokenRequest& request);

}  // namespace cambist::exchange
