// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "exchange/exchange.h"

namespace cambist::exchange {

// What must be written to make the issue true: the session, the refresh family or its next token.
// The answer is not in it yet.
Issue changes_of(const MintedToken& minted, const IssuePlan& plan, const Parties& parties,
                 const Possession& possession, const TokenRequest& request);

}  // namespace cambist::exchange
