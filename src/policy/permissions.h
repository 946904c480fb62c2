// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "model/realm.h"

namespace cambist::policy {

// The rules that Keycloak's permissions of the legacy exchange (V1: token-exchange of a client,
// impersonate and user-impersonated of users) stand for. None when the realm brings none.
std::vector<Rule> compile_permissions(const Realm& realm);

}  // namespace cambist::policy
