// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "base/log.h"
#include "identity/identities.h"
#include "realms/realms.h"
#include "sessions/revocations.h"
#include "store/store.h"

namespace cambist::app {

// Brings what this process keeps in memory up to what others have written to the store: revocations
// (and with them ended sessions), realms, users. For one thread; all must outlive it.
class Follower {
  public:
    Follower(store::Store& store, const sessions::Revocations& revocations, realms::Realms& realms,
             const identity::Identities& identities, Log& log)
        : store_(store),
          revocations_(revocations),
          realms_(realms),
          identities_(identities),
          log_(log) {}

    // Once. What fails is logged when it begins and when it is over, and tried again the next time.
    void follow();

  private:
    Status follow_all();
    Status follow_users();

    store::Store& store_;
    const sessions::Revocations& revocations_;
    realms::Realms& realms_;
    const identity::Identities& identities_;
    Log& log_;
    std::int64_t user_changes_ = 0;
    bool is_failing_ = false;
};

}  // namespace cambist::app
