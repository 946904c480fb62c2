// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "endpoints/wire_error.h"
#include "exchange/walk.h"

namespace cambist::endpoints {

// What Keycloak's texts name of a token request that was refused: all empty in our own dialect,
// whose texts hold nothing of the request.
Named named_in(std::string_view body, const exchange::Walk& walk);

}  // namespace cambist::endpoints
