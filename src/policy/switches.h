// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "model/realm.h"

namespace cambist::policy {

// The rules that Keycloak's client switch standard.token.exchange.enabled stands for, one for each
// client that has it, in the order of the clients. A public client's switch stands for nothing:
// Keycloak refuses it, and so do we.
std::vector<Rule> compile_switches(const Realm& realm);

}  // namespace cambist::policy
