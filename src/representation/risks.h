// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "model/realm.h"
#include "representation/reading.h"

namespace cambist::representation {

// What of Keycloak's realm protects somebody, or lets somebody in, and is not served here: a risk
// in the report for each. Where serving without it would let more in than Keycloak does, it is not
// served: clients lose the password grant when their direct grant flow asks for more than a user
// name, a password and the one-time password of those who have one.
void report_risks(const Node& root, Realm& realm);

}  // namespace cambist::representation
