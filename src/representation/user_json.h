// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "json/value.h"
#include "model/user.h"

namespace cambist::representation {

// A user in Keycloak's representation, credentials with their hashes: for an export, not for an
// answer to a stranger.
json::Value render_user(const User& user);
// Reads it back: read_user(render_user(user)) == user for a user whose lists are in order. Fails
// with kParse and every fault in the hint. References are not checked.
Result<User> read_user(const json::Value& representation);

}  // namespace cambist::representation
