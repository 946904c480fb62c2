// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>

#include "base/clock.h"
#include "base/result.h"
#include "model/client.h"

namespace cambist::clients {

// The secrets by which the client may prove itself now: its own and, until that expires, the one it
// had before (Keycloak's rotation). Null where there is none; refers to the client.
// kClientSecretWrong when it has none, kClientSecretExpired when its own has expired: then the old
// one is no way around it.
using LiveSecrets = std::array<const Secret*, 2>;
Result<LiveSecrets> live_secrets(const Client& client, TimePoint now);

}  // namespace cambist::clients
