// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "clients/authenticators.h"
#include "exchange/exchange.h"
#include "identity/identities.h"
#include "possession/prover.h"
#include "realms/realms.h"
#include "sessions/families.h"
#include "sessions/revocations.h"
#include "sessions/sessions.h"
#include "store/store.h"
#include "tokens/own_tokens.h"
#include "trust/client_keys.h"

namespace cambist::endpoints {

// What the endpoints serve from; all must outlive them. Made in app/.
struct Services {
    const exchange::Exchange& exchange;
    const realms::Realms& realms;
    const clients::ClientAuthenticators& clients;
    const possession::Prover& possession;
    const identity::Identities& identities;
    const sessions::Sessions& sessions;
    const sessions::Families& families;
    const sessions::Revocations& revocations;
    const tokens::OwnTokens& tokens;
    store::Store& store;
    const Clock& clock;
    const Random& random;
    Log& log;
    Metrics& metrics;
    const trust::ClientKeys& client_keys;
    std::string base_path;  // "/auth", or empty
    std::string origin;     // of our own pages: scheme and host of the configured hostname
    bool takes_certificates = false;  // some listener or proxy tells us those of clients
};

}  // namespace cambist::endpoints
