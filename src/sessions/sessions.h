// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/result.h"
#include "model/realm.h"
#include "model/session.h"
#include "model/user.h"
#include "sessions/revocations.h"
#include "store/store.h"

namespace cambist::sessions {

inline constexpr std::size_t kDefaultCachedSessions = 20'000;

// How the store, and claim ds_hash of an ID token, know a device secret: base64url SHA-256.
std::string hash_of_device_secret(std::string_view text);
bool looks_like_device_secret(std::string_view text);

// The log-in sessions of all realms, read through a bounded cache. Any thread.
class Sessions {
  public:
    // All must outlive this.
    Sessions(store::Store& store, const Revocations& revocations, const Random& random,
             std::size_t max_cached = kDefaultCachedSessions);
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    // Nothing when unknown, ended, revoked, idle or over age.
    Result<std::optional<Session>> find_live(const Realm& realm, const SessionId& id,
                                             TimePoint now) const;
    // A new session; it exists once AddSession of it was committed.
    Session make(const Realm& realm, const UserId& user, const ClientId& client,
                 std::string_view auth_method, TimePoint now) const;

    // Makes the secret of the device where the user logs in, and notes its hash in the session,
    // which is yet to be stored. Returns its text: "cds_" and 43 characters (256 bits).
    std::string give_device_secret(Session& session) const;

    // Ends it with its refresh families and revokes its tokens, durably. Ending what is not there
    // only revokes. The operations go into the same commit.
    Status end(const Realm& realm, const SessionId& id, TimePoint now,
               std::vector<store::Operation> with = {}) const;
    // Ends all sessions of the user and revokes every token issued to him so far. Returns how many
    // sessions there were.
    Result<std::size_t> end_all_of(const Realm& realm, const UserId& user, TimePoint now,
                                   std::vector<store::Operation> with = {}) const;
    // Forgets a cached copy: the session was touched, or changed on another node.
    void forget(std::string_view realm, const SessionId& id) const;

  private:
    struct Entry {
        std::string key;
        Session session;
    };
    // Least recently used goes first.
    struct Cache {
        std::list<Entry> order;
        std::unordered_map<std::string, std::list<Entry>::iterator> index;
        std::uint64_t changes = 0;  // grows with every forget(): a load that began before is stale
    };
    std::optional<Session> find_cached(const std::string& key) const;
    Result<std::optional<Session>> find_stored(std::string_view realm, const SessionId& id,
                                               const std::string& key) const;

    store::Store& store_;
    const Revocations& revocations_;
    const Random& random_;
    const std::size_t max_cached_;
    Guarded<Cache> cache_;
};

}  // namespace cambist::sessions
