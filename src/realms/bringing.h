// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/result.h"
#include "identity/identities.h"
#include "model/brought.h"
#include "realms/snapshot.h"

namespace cambist::realms {

// That some rule lets this client come with tokens of this issuer (policy::Policy::may_bring). The
// client's account is looked up only where its name does not settle it. kNoRule.
Status check_may_bring(const Snapshot& realm, const identity::Identities& identities,
                       std::string_view client, std::string_view issuer, Brought as);

}  // namespace cambist::realms
