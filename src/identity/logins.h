// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/password.h"
#include "identity/hash_gate.h"
#include "identity/identities.h"
#include "model/realm.h"
#include "model/user.h"
#include "store/store.h"

namespace cambist::identity {

struct LoginSettings {
    crypto::PasswordSettings password;
    std::size_t hashes_at_a_time = 2;          // each takes a core and password.memory_kib
    std::size_t max_waiting = 16;              // further log-ins are refused at once: kOverloaded
    std::chrono::milliseconds max_wait{1000};  // each waiting one holds a request thread
};

// Checks passwords: bounded in how many hashes run at a time, with the same work for users that do
// not exist, are disabled or are locked, and with Keycloak's lock-out. Any thread.
class Logins {
  public:
    struct Parts {
        store::UserStore& users;
        store::LoginFailureStore& failures;
        const Identities& identities;
        const Clock& clock;
        const Random& random;
        Log& log;
    };
    explicit Logins(const Parts& parts, const LoginSettings& settings = {});

    // kUserUnknown, kUserCredentialsWrong, kUserDisabled, kUserLocked (all look alike to a
    // stranger), kUserNotSetUp and kUserSecondFactor (only after the right password), kOverloaded,
    // kStoreUnavailable.
    // A hash that is out of date is replaced after success. `peer` is for the error's detail.
    Result<std::shared_ptr<const Identity>> check_password(const Realm& realm,
                                                           std::int64_t realm_version,
                                                           std::string_view login,
                                                           const Secret& password,
                                                           std::string_view peer) const;
    // Of a user who comes without a password: that too many wrong ones have not locked him.
    // kUserLocked, kStoreUnavailable.
    Status check_unlocked(const Realm& realm, const Identity& identity, TimePoint now) const;

  private:
    struct Attempt;
    Result<bool> compare(const Attempt& attempt, const Identity* identity) const;
    Status check_lock(const Attempt& attempt, const Identity& identity) const;
    Status record_failure(const Attempt& attempt, const Identity& identity) const;
    Status finish(const Attempt& attempt, const Identity& identity) const;
    void upgrade(const Attempt& attempt, const Identity& identity) const;

    Parts parts_;
    LoginSettings settings_;
    HashGate gate_;
    crypto::PasswordHash dummy_;
};

// A new credential for this password, to be stored with a user. As slow as a log-in; the caller
// bounds how many run at a time.
Result<Credential> make_credential(const Secret& password, const crypto::PasswordSettings& settings,
                                   const Clock& clock, const Random& random);

// Keycloak's brute force detection: what one more failure at `now_ms` makes of `failures`.
void count_failure(const BruteForce& settings, std::int64_t now_ms, store::LoginFailures& failures);
bool is_locked(const store::LoginFailures& failures, TimePoint now);

}  // namespace cambist::identity
