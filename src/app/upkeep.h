// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stop_token>
#include <string>

#include "audit/ledger.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "config/settings.h"
#include "realms/realms.h"
#include "sessions/revocations.h"
#include "store/store.h"

namespace cambist::app {

// What has to be done now and then: what has expired goes, audit records that are
// too old go, signing keys are renewed. Of
// all processes that share a store one does it, by a lease. For one thread; all must outlive it.
class Upkeep {
  public:
    struct Parts {
        store::Store& store;
        realms::Realms& realms;
        const sessions::Revocations& revocations;
        audit::Ledger& ledger;
        const Clock& clock;
        const Random& random;
        Log& log;
    };
    Upkeep(const Parts& parts, const config::UpkeepSettings& settings);

    // Once. What fails is logged and tried again the next time.
    void run(const std::stop_token& stop);

  private:
    Status run_all(const std::stop_token& stop);
    Status prune_audit(const std::stop_token& stop);

    const Parts parts_;
    const config::UpkeepSettings settings_;
    const std::string holder_;  // names this process in leases
};

}  // namespace cambist::app
