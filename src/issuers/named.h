// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/result.h"
#include "model/realm.h"

namespace cambist::issuers {

// What subject_issuer names is the alias of a trusted issuer, or a value of its `iss`.
// kIssuerUnknown, with the nearest.
Status check_named(const Realm& realm, std::string_view named);

}  // namespace cambist::issuers
