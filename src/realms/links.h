// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"
#include "model/foreign.h"
#include "store/store.h"

namespace cambist::realms {

// What Keycloak's federatedIdentities of these users say.
std::vector<FederatedIdentity> links_of(const std::vector<User>& users);
// Removes those that still lead to the same users. Returns how many.
Result<std::size_t> remove_links(store::FederatedIdentityStore& links, std::string_view realm,
                                 const std::vector<FederatedIdentity>& gone);
// Puts what is stored by now in their place: links that came to be since the import, too.
Status put_links(const store::FederatedIdentityStore& links, std::string_view realm,
                 const UserId& user, json::Value& representation);

}  // namespace cambist::realms
