// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/result.h"
#include "identity/identities.h"
#include "store/store.h"

namespace cambist::realms {

// Removes a realm with its users and all that is theirs, its relations and its keys. The objects go
// last: until then the realm is still listed, and removing it again does what is left.
Status remove_realm(store::Store& store, const identity::Identities& identities,
                    std::string_view name);

}  // namespace cambist::realms
