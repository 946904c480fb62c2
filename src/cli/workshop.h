// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "app/open_store.h"
#include "base/metrics.h"
#include "base/random.h"
#include "config/settings.h"
#include "crypto/secret_box.h"
#include "identity/identities.h"
#include "realms/realms.h"

namespace cambist::cli {

// What realms rest on, for a command instead of a server. Members are null until open().
struct Workshop {
    SystemClock clock;
    SystemRandom random;
    Log log{clock, 2, LogLevel::kWarn};
    Metrics metrics;
    std::unique_ptr<store::Store> store;
    std::optional<crypto::SecretBox> box;
    std::unique_ptr<identity::Identities> identities;
    std::unique_ptr<realms::Realms> realms;

    Status open(const config::Settings& settings, app::Access access);
    // The realm of this name; without a name the only one that there is. kRealmUnknown,
    // kConfigInvalid when there are several.
    Result<std::shared_ptr<const realms::Snapshot>> find(const std::string& name) const;
};

}  // namespace cambist::cli
