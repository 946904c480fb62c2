// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "model/realm.h"

namespace cambist::keys {
class KeyRing;
}
namespace cambist::claims {
class RealmClaims;
}
namespace cambist::policy {
class Policy;
}

namespace cambist::realms {

// All that a request needs to know of a realm, at one moment. Immutable and shared: a change makes
// a new one, a request keeps the one it took. No member is null.
struct Snapshot {
    std::shared_ptr<const Realm> realm;
    std::shared_ptr<const keys::KeyRing> keys;
    std::shared_ptr<const claims::RealmClaims> claims;
    std::shared_ptr<const policy::Policy> policy;
    std::int64_t version = 0;  // of the realm in the store
    std::string issuer;        // the `iss` of its tokens; never made from a request's host
};

}  // namespace cambist::realms
