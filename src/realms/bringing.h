// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "identity/identities.h"
#include "model/brought.h"
#include "realms/snapshot.h"

namespace cambist::realms {

// That some rule lets this client come with tokens of this issuer now (policy::Policy::may_bring).
// kNoRule, kRuleExpired.
Status check_may_bring(const Snapshot& realm, const identity::Identities& identities,
                       std::string_view client, std::string_view issuer, Brought as, TimePoint now);

// Keycloak's switch of this client is for assertions of this issuer (policy::is_assertion_client).
bool is_assertion_client(const Realm& realm, std::string_view client, std::string_view issuer);
// An issuer of kind keycloak-v1 has this alias, or this value of `iss`.
bool names_legacy_issuer(const Realm& realm, std::string_view name);

}  // namespace cambist::realms
