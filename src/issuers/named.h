// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/realm.h"

namespace cambist::issuers {

// By its alias, or a value of its `iss`.
bool is_called(const TrustedIssuer& issuer, std::string_view name);
// For the operator: what was meant, where it is nearly that. Empty: there are too many to tell.
std::string nearest_issuer(const Realm& realm, std::string_view named);
// What subject_issuer names is called so. kIssuerUnknown, with the nearest.
Status check_named(const Realm& realm, std::string_view named);

}  // namespace cambist::issuers
