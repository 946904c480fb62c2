// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "model/realm.h"

namespace cambist::grants {

// RFC 7523 and 7522, both section 3.1: an assertion is invalid_grant, whatever is wrong with it.
// Keycloak's clients know each cause by its text, which goes along in a realm of its dialect.
Error told_of_assertion(Error error, const Realm& realm);

}  // namespace cambist::grants
