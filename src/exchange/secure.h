// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "model/flow.h"

namespace cambist::exchange {

// Keycloak's sslRequired: `external` spares loopback and private addresses.
bool is_secure_enough(SslRequired required, const Caller& caller);

}  // namespace cambist::exchange
