// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "grants/grant.h"

namespace cambist::grants {

// A hand-off code as the subject token of the client that it is for: the one exchange that public
// clients may ask for. The code is taken in the commit that records the issue; who shows another
// verifier, origin or redirect_uri does not use it up. kHandOff…, and what a subject token that
// rests on the same log-in would be refused with.
Result<Evidence> redeem_hand_off(const Sources& sources, const TokenRequest& request,
                                 const AuthenticatedClient& client, const realms::Snapshot& realm);

}  // namespace cambist::grants
