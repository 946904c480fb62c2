// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>

#include "app/open_store.h"
#include "app/secret_key.h"
#include "base/metrics.h"
#include "base/random.h"
#include "identity/identities.h"
#include "realms/realms.h"

namespace cambist::cli {

// What realms rest on, for a command instead of a server.
struct Workshop {
    SystemClock clock;
    SystemRandom random;
    Log log{clock, 2, LogLevel::kWarn};
    Metrics metrics;
    std::unique_ptr<store::Store> store;
    std::optional<crypto::SecretBox> box;
    std::unique_ptr<identity::Identities> identities;
    std::unique_ptr<realms::Realms> realms;

    Status open(const config::Settings& settings, app::Access access) {
        CAMBIST_TRY(store, app::open_store(settings.store, access, {clock, random, log, metrics}));
        CAMBIST_TRY(box, app::open_secret_box(settings, random, log));
        identities = std::make_unique<identity::Identities>(store->users());
        realms = std::make_unique<realms::Realms>(
            realms::Realms::Parts{*store, *box, *identities, clock, random, log},
            realms::RealmsSettings{.base_url = settings.hostname, .password = {}});
        return realms->load_all();
    }
};

}  // namespace cambist::cli
