// SPDX-License-Identifier: Apache-2.0
// Inside endpoints/ only: the halves of the table of wire_error.h.
#pragma once
#include <optional>

#include "endpoints/wire_error.h"

namespace cambist::endpoints {

// The strict dialect; what Keycloak's does not say otherwise.
WireError strict(ErrorCode code);

// Keycloak's answer at the token endpoint; at the others only where it differs from that.
WireError keycloak(ErrorCode code, const Named& named);
std::optional<WireError> keycloak_introspection(ErrorCode code);
std::optional<WireError> keycloak_userinfo(ErrorCode code);

}  // namespace cambist::endpoints
