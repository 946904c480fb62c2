// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "jose/jws.h"
#include "model/client.h"
#include "realms/snapshot.h"
#include "store/store.h"

namespace cambist::clients {

// kClientAssertionInvalid.
std::unexpected<Error> refuse_assertion(std::string hint, std::string detail = {});

// What an assertion must say, however it is signed (RFC 7523 section 3, RFC 7521 section 4.2,
// OpenID Connect Core section 9), and that it says it once: its jti is taken last of all. To be
// called when its signature was found right. kClientAssertionInvalid, kClientAssertionReplayed.
Status check_assertion(const jose::VerifiedJws& assertion, const Client& client,
                       const realms::Snapshot& realm, store::Store& store, TimePoint now);

}  // namespace cambist::clients
