// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/hand_off.h"
#include "model/realm.h"
#include "sessions/revocations.h"
#include "store/store.h"

namespace cambist::sessions {

// The text of a new code: "hc_" and 43 characters (256 bits). Only its hash is kept.
std::string make_hand_off_code(const Random& random);
bool looks_like_hand_off_code(std::string_view text);
// How what was issued for a code names it among its ancestors (claim xp).
std::string hand_off_mark(std::string_view hash);

// What is kept of a hand-off that was redeemed: who may tell us that it came a second time.
std::string receipt_of(const HandedOver& handed);

// One-time codes with which a client fetches tokens of its own. The atomic gate is
// store::TakeHandOff in the commit that records the issue. Any thread.
class HandOffs {
  public:
    // Both must outlive this.
    HandOffs(store::Store& store, const Revocations& revocations)
        : store_(store), revocations_(revocations) {}

    struct Found {
        HandedOver handed;
        std::string hash;
        bool is_taken = false;  // then `handed` tells who could redeem it, and no more
    };
    // What a code stands for. kHandOffInvalid, kHandOffExpired.
    Result<Found> find(const Realm& realm, std::string_view code, TimePoint now) const;
    // Ends what was issued for a code, durably.
    Status revoke(const Realm& realm, std::string_view hash, TimePoint now) const;

  private:
    store::Store& store_;
    const Revocations& revocations_;
};

}  // namespace cambist::sessions
