// SPDX-License-Identifier: Apache-2.0
#include "identity/logins.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "crypto/digest.h"

namespace cambist::identity {

namespace {

// What Keycloak calls credentials of these types.
constexpr std::string_view kPassword = "password";
constexpr std::string_view kOneTimePassword = "otp";

const Credential* find_credential(const User& user, std::string_view type) {
    const auto found = std::ranges::find(user.credentials, type, &Credential::type);
    return found == user.credentials.end() ? nullptr : &*found;
}
const Credential* find_password(const User& user) { return find_credential(user, kPassword); }

constexpr std::size_t kSaltBytes = 16;
// So many users of the realm are looked at for what their hashes cost.
constexpr std::size_t kSample = 16;

std::string make_salt(const Random& random) {
    std::string salt(kSaltBytes, '\0');
    std::vector<unsigned char> bytes(kSaltBytes);
    random.fill(bytes);
    std::ranges::copy(bytes, salt.begin());
    return salt;
}

// Verifying against it costs what a real hash costs and always fails: there is no password for an
// all-zero hash that anybody could find.
crypto::PasswordHash make_dummy(const crypto::PasswordSettings& settings, const Random& random) {
    return {.algorithm = "argon2",
            .salt = make_salt(random),
            .value = std::string(32, '\0'),
            .iterations = settings.iterations,
            .memory_kib = settings.memory_kib,
            .parallelism = 1,
            .hash_length = 32};
}

// NEG-66: imported hashes cost what Keycloak chose, so a name that nobody has costs what the hash
// of some user here costs, always the same one for the same name. Which one is known to nobody
// outside: the usual dummy's salt is the key. Looked up for every log-in, so that the look-up tells
// nothing either.
Result<crypto::PasswordHash> choose_dummy(const store::UserStore& users, std::string_view realm,
                                          std::string_view login,
                                          const crypto::PasswordHash& usual) {
    CAMBIST_TRY(const auto sample, users.list(realm, UserId(), kSample));
    std::vector<crypto::PasswordHash> found;
    for (const auto& user : sample) {
        const auto* credential = find_password(user);
        if (credential == nullptr) continue;
        auto hash = crypto::parse_password_hash(credential->secret_data);
        if (hash && crypto::check_password_hash(*hash)) found.push_back(*std::move(hash));
    }
    if (found.empty()) return usual;
    const auto digest = crypto::hmac_sha256(usual.salt, to_lower_ascii(login));
    auto chosen = found[static_cast<unsigned char>(digest.front()) % found.size()];
    chosen.value.assign(chosen.value.size(), '\0');
    chosen.salt.assign(chosen.salt.size(), '\0');
    return chosen;
}

std::int64_t to_milliseconds(TimePoint time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

struct Logins::Attempt {
    const Realm& realm;
    std::string_view login;
    const Secret& password;
    std::string_view peer;
    TimePoint now;

    // For logs and audit: who tried, and from where. Only the beginning of the name: people type
    // their password there.
    std::string detail() const {
        return "user \"" + std::string(login.substr(0, 2)) + "...\", from " + std::string(peer);
    }
    std::unexpected<Error> refuse(ErrorCode code, std::string hint = {}) const {
        return fail(code, std::move(hint), detail());
    }
};

Logins::Logins(const Parts& parts, const LoginSettings& settings)
    : parts_(parts),
      settings_(settings),
      gate_(settings.hashes_at_a_time, settings.max_waiting, settings.max_wait),
      dummy_(make_dummy(settings.password, parts.random)) {}

Result<std::shared_ptr<const Identity>> Logins::check_password(const Realm& realm,
                                                               std::int64_t realm_version,
                                                               std::string_view login,
                                                               const Secret& password,
                                                               std::string_view peer) const {
    // The lock is looked at only inside the gate: else many tries could pass it while they wait,
    // before the first of them has failed.
    CAMBIST_TRY(const auto pass, gate_.enter());
    const Attempt attempt{realm, login, password, peer, parts_.clock.now()};
    CAMBIST_TRY(const auto identity, parts_.identities.find_by_login(realm, login));
    const auto lock = identity ? check_lock(attempt, *identity) : Status{};
    if (!lock && lock.error().code != ErrorCode::kUserLocked) return std::unexpected(lock.error());
    // Whatever is known by now, the hash is computed: time does not tell who exists.
    CAMBIST_TRY(const bool is_right, compare(attempt, identity.get()));
    if (!identity) return attempt.refuse(ErrorCode::kUserUnknown);
    if (!lock) return std::unexpected(lock.error());
    if (!is_right) {
        CAMBIST_CHECK(record_failure(attempt, *identity));
        return attempt.refuse(ErrorCode::kUserCredentialsWrong);
    }
    CAMBIST_CHECK(finish(attempt, *identity));
    return parts_.identities.find(realm, realm_version, identity->user->id);
}

Result<bool> Logins::compare(const Attempt& attempt, const Identity* identity) const {
    CAMBIST_TRY(const auto dummy,
                choose_dummy(parts_.users, attempt.realm.name.text(), attempt.login, dummy_));
    const auto* credential = identity == nullptr ? nullptr : find_password(*identity->user);
    if (credential != nullptr) {
        const auto stored = crypto::parse_password_hash(credential->secret_data);
        if (stored && crypto::check_password_hash(*stored))
            return crypto::verify_password(*stored, attempt.password.expose());
        parts_.log.warn("login.hash_unusable", {{"realm", attempt.realm.name.text()},
                                                {"user", identity->user->id.text()}});
    }
    CAMBIST_TRY(const bool never, crypto::verify_password(dummy, attempt.password.expose()));
    CAMBIST_ASSERT(!never);
    return false;
}

Status Logins::check_unlocked(const Realm& realm, const Identity& identity, TimePoint now) const {
    if (!realm.brute_force.enabled) return {};
    CAMBIST_TRY(const auto failures, parts_.failures.get(realm.name.text(), identity.user->id));
    if (!is_locked(failures, now)) return {};
    return fail(ErrorCode::kUserLocked,
                failures.locked_until < 0
                    ? "Locked until an administrator unlocks the user."
                    : "Locked until " + to_iso8601(from_unix(failures.locked_until)));
}

Status Logins::check_lock(const Attempt& attempt, const Identity& identity) const {
    const auto unlocked = check_unlocked(attempt.realm, identity, attempt.now);
    if (unlocked || unlocked.error().code != ErrorCode::kUserLocked) return unlocked;
    return attempt.refuse(ErrorCode::kUserLocked, unlocked.error().hint);
}

Status Logins::record_failure(const Attempt& attempt, const Identity& identity) const {
    const auto& realm = attempt.realm;
    if (!realm.brute_force.enabled) return {};
    CAMBIST_TRY(const auto failures,
                parts_.failures.update(
                    realm.name.text(), identity.user->id, [&](store::LoginFailures& stored) {
                        count_failure(realm.brute_force, to_milliseconds(attempt.now), stored);
                    }));
    if (is_locked(failures, attempt.now)) {
        parts_.log.warn("login.user_locked", {{"realm", realm.name.text()},
                                              {"user", identity.user->id.text()},
                                              {"failures", failures.count},
                                              {"peer", attempt.peer}});
    }
    return {};
}

// The password is right. All that is left to say no comes now.
Status Logins::finish(const Attempt& attempt, const Identity& identity) const {
    const auto& user = *identity.user;
    // Somebody may have locked the user while the hash was computed.
    CAMBIST_CHECK(check_lock(attempt, identity));
    if (!user.enabled) return attempt.refuse(ErrorCode::kUserDisabled);
    // A workload has no password; an import may still have brought one.
    if (identity.is_service_account()) return attempt.refuse(ErrorCode::kUserCredentialsWrong);
    // Keycloak's direct grant asks whoever has one; a password alone is not to be enough here.
    if (find_credential(user, kOneTimePassword) != nullptr)
        return attempt.refuse(ErrorCode::kUserSecondFactor, "The user has a one-time password.");
    if (attempt.realm.brute_force.enabled)
        CAMBIST_CHECK(parts_.failures.clear(attempt.realm.name.text(), user.id));
    upgrade(attempt, identity);
    if (!user.required_actions.empty())
        return attempt.refuse(ErrorCode::kUserNotSetUp,
                              "The user must first do: " + user.required_actions.front() + ".");
    if (find_password(user)->temporary)
        return attempt.refuse(ErrorCode::kUserNotSetUp, "The password is a temporary one.");
    return {};
}

// Replaces a hash that is cheaper than ours. Failing to is no reason to refuse the log-in.
void Logins::upgrade(const Attempt& attempt, const Identity& identity) const {
    const auto& realm = attempt.realm.name;
    const auto& id = identity.user->id;
    const auto* checked = find_password(*identity.user);
    const auto stored = crypto::parse_password_hash(checked->secret_data);
    if (!stored || !crypto::needs_upgrade(*stored, settings_.password)) return;
    const auto written = [&]() -> Status {
        CAMBIST_TRY(const auto hash, crypto::hash_password(attempt.password.expose(),
                                                           settings_.password, parts_.random));
        CAMBIST_CHECK(parts_.users.update(realm.text(), id, [&](User& user) {
            const auto current = std::ranges::find(user.credentials, checked->id, &Credential::id);
            // Set anew meanwhile: then it is not ours to replace.
            if (current == user.credentials.end() || current->secret_data != checked->secret_data)
                return;
            current->secret_data = crypto::to_text(hash);
            current->credential_data.clear();
        }));
        parts_.identities.invalidate(realm, id);
        return {};
    }();
    if (!written) {
        parts_.log.warn(
            "login.hash_upgrade_failed",
            {{"realm", realm.text()}, {"user", id.text()}, {"error", written.error().describe()}});
    }
}

Result<Credential> make_credential(const Secret& password, const crypto::PasswordSettings& settings,
                                   const Clock& clock, const Random& random) {
    CAMBIST_TRY(const auto hash, crypto::hash_password(password.expose(), settings, random));
    Credential credential;
    credential.id = make_uuid(random);
    credential.secret_data = crypto::to_text(hash);
    credential.created_ms = to_milliseconds(clock.now());
    return credential;
}

}  // namespace cambist::identity
