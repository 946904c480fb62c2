// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.h"
#include "keys/ring.h"
#include "model/client.h"
#include "model/realm.h"
#include "realms/snapshot.h"

namespace cambist::tokens {

// The key a realm signs with; kSigningKeyMissing.
Result<const keys::SigningKey*> find_signing_key(const realms::Snapshot& realm,
                                                 const std::string& algorithm);

// The algorithm that tokens of this client are signed with: its own, or the realm's.
const std::string& access_token_algorithm(const Realm& realm, const Client& client);
const std::string& id_token_algorithm(const Realm& realm, const Client& client);

}  // namespace cambist::tokens
