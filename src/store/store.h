// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/api_key.h"
#include "model/audit.h"
#include "model/foreign.h"
#include "model/hand_off.h"
#include "model/relation.h"
#include "model/session.h"
#include "model/user.h"
#include "store/batch.h"

// What must be kept, as interfaces: one small one per noun. Backends: store_memory/ (tests),
// store_sqlite/ (embedded), store_postgresql/ (many nodes). All pass store/conformance. Every
// method may be called from any thread; failures of the backend are kStoreUnavailable, "is not
// there" is an empty optional.
namespace cambist::store {

// A piece of a realm's configuration in Keycloak's representation: kind "realm", "client",
// "client-scope", "role", "group", "rule", "key"; the body is opaque here (and may be sealed).
// Objects come back in order of kind and key: what has an order of its own keeps it in its body.
struct RealmObject {
    std::string kind;
    std::string key;
    std::string body;
    friend bool operator==(const RealmObject&, const RealmObject&) = default;
};

class RealmStore {
  public:
    virtual ~RealmStore() = default;
    // The realms that have an object, in order.
    virtual Result<std::vector<std::string>> list() const = 0;
    virtual Result<std::vector<RealmObject>> load(std::string_view realm) const = 0;
    // All or nothing: writes what differs, removes what is named, bumps the realm's version when
    // anything changed. Returns whether anything did.
    virtual Result<bool> apply(std::string_view realm, const std::vector<RealmObject>& put,
                               const std::vector<RealmObject>& remove) = 0;
    // 0 for a realm that never had an object.
    virtual Result<std::int64_t> version(std::string_view realm) const = 0;
    // Of every realm that has an object.
    virtual Result<std::map<std::string, std::int64_t>> versions() const {
        std::map<std::string, std::int64_t> all;
        CAMBIST_TRY(const auto names, list());
        for (const auto& name : names) {
            CAMBIST_TRY(all[name], version(name));
        }
        return all;
    }
};

// Which users were changed by whichever process, for those who keep copies of them.
struct UserChanges {
    struct Changed {
        std::string realm;
        UserId user;  // empty: all of the realm
    };
    std::vector<Changed> users;
    std::int64_t number = 0;  // of the newest; to ask for what comes after it
    bool is_complete = true;  // false: some changes are not known any more
};

// User names and e-mail addresses are stored in lower case (ASCII), as Keycloak does, and found
// however they are written; a client has at most one service account.
class UserStore {
  public:
    virtual ~UserStore() = default;
    virtual Result<std::optional<User>> find(std::string_view realm, const UserId& id) const = 0;
    virtual Result<std::optional<User>> find_by_username(std::string_view realm,
                                                         std::string_view username) const = 0;
    virtual Result<std::vector<User>> find_by_email(std::string_view realm,
                                                    std::string_view email) const = 0;
    // Those that have this value of the attribute, in order of id, at most `limit`.
    virtual Result<std::vector<User>> find_by_attribute(std::string_view realm,
                                                        std::string_view name,
                                                        std::string_view value,
                                                        std::size_t limit) const = 0;
    virtual Result<std::optional<User>> find_service_account(std::string_view realm,
                                                             const ClientId& client) const = 0;
    // Inserts or replaces by id, all or nothing; a taken user name is kConflict. Users that are
    // equal to what is stored are not written. Returns how many were.
    virtual Result<std::size_t> put(std::string_view realm, const std::vector<User>& users) = 0;
    // Replaces a user by what `change` makes of the stored one, while nobody else can write it;
    // returns the new one, nothing when there is none. `change` keeps id and names, may run more
    // than once and must not call the store.
    virtual Result<std::optional<User>> update(std::string_view realm, const UserId& id,
                                               const std::function<void(User&)>& change) = 0;
    // With the user's sessions, refresh families, log-in failures, API keys, federated identities,
    // and the relations it is an end of.
    virtual Status remove(std::string_view realm, const UserId& id) = 0;
    virtual Result<std::size_t> count(std::string_view realm) const = 0;
    // In order of id, after `after`, at most `limit`.
    virtual Result<std::vector<User>> list(std::string_view realm, const UserId& after,
                                           std::size_t limit) const = 0;
    // What has changed since that number (0: of late). Nothing where only one process writes.
    virtual Result<UserChanges> changes_since(std::int64_t number) const {
        return UserChanges{{}, number, true};
    }
};

class SessionStore {
  public:
    virtual ~SessionStore() = default;
    virtual Result<std::optional<Session>> find(std::string_view realm,
                                                const SessionId& id) const = 0;
    virtual Result<std::vector<Session>> of_user(std::string_view realm,
                                                 const UserId& user) const = 0;
};

enum class RefreshState : std::uint8_t { kActive, kUsed };
struct RefreshToken {
    RefreshFamily family;
    RefreshState state = RefreshState::kActive;
    std::int64_t uses = 0;  // how often it was used
};
class RefreshStore {
  public:
    virtual ~RefreshStore() = default;
    // Empty when the hash is unknown or its family was revoked or removed.
    virtual Result<std::optional<RefreshToken>> find(std::string_view realm,
                                                     std::string_view hash) const = 0;
    virtual Result<std::vector<RefreshFamily>> of_session(std::string_view realm,
                                                          const SessionId& session) const = 0;
    // Those that hang on no session, of one user, in order of id.
    virtual Result<std::vector<RefreshFamily>> without_session(std::string_view realm,
                                                               const UserId& user) const = 0;
};

// Opaque access tokens, until they expire. A revocation covers them like any other token.
class ReferenceTokenStore {
  public:
    virtual ~ReferenceTokenStore() = default;
    // Also one that has expired, until it is pruned.
    virtual Result<std::optional<ReferenceToken>> find(std::string_view realm,
                                                       std::string_view hash) const = 0;
};

// Who stands in which relation to whom: made by administrators and by users (grants).
class RelationStore {
  public:
    virtual ~RelationStore() = default;
    // All also those that have expired, until they are pruned; lists in order of id.
    virtual Result<std::optional<Relation>> find(std::string_view realm,
                                                 std::string_view id) const = 0;
    // From any of these actors to any of these subjects.
    virtual Result<std::vector<Relation>> between(
        std::string_view realm, const std::vector<RelationEnd>& actors,
        const std::vector<RelationEnd>& subjects) const = 0;
    virtual Result<std::vector<Relation>> of_subject(std::string_view realm,
                                                     const RelationEnd& subject) const = 0;
    // Those that no user made, after the id `after`, at most `limit`.
    virtual Result<std::vector<Relation>> list_made_by_admins(std::string_view realm,
                                                              std::string_view after,
                                                              std::size_t limit) const = 0;
};

class ApiKeyStore {
  public:
    virtual ~ApiKeyStore() = default;
    // Also one that has expired, until it is pruned.
    virtual Result<std::optional<ApiKey>> find(std::string_view realm,
                                               std::string_view hash) const = 0;
    // In order of id.
    virtual Result<std::vector<ApiKey>> of_user(std::string_view realm,
                                                const UserId& user) const = 0;
};

// Which users the subjects of trusted issuers are.
class FederatedIdentityStore {
  public:
    virtual ~FederatedIdentityStore() = default;
    virtual Result<std::optional<FederatedIdentity>> find(std::string_view realm,
                                                          std::string_view issuer,
                                                          std::string_view subject) const = 0;
    // In order of issuer and subject.
    virtual Result<std::vector<FederatedIdentity>> of_user(std::string_view realm,
                                                           const UserId& user) const = 0;
    // Inserts or replaces by issuer and subject, all or nothing. Returns how many it changed.
    virtual Result<std::size_t> put(std::string_view realm,
                                    const std::vector<FederatedIdentity>& identities) = 0;
    virtual Status remove(std::string_view realm, std::string_view issuer,
                          std::string_view subject) = 0;
};

class HandOffStore {
  public:
    virtual ~HandOffStore() = default;
    // Also one that has expired or was taken, until it is pruned.
    virtual Result<std::optional<HandOff>> find(std::string_view realm,
                                                std::string_view hash) const = 0;
};

class RevocationStore {
  public:
    virtual ~RevocationStore() = default;
    struct Entry {
        std::int64_t number = 0;  // grows; for "what is new since"
        std::string realm;
        Revocation revocation;
    };
    // Those behind `number`, in order of theirs, at most `limit`.
    virtual Result<std::vector<Entry>> since(std::int64_t number, std::size_t limit) const = 0;
};

// Signing keys. `sealed` is the private key, encrypted by keys/.
struct KeyRow {
    std::string kid;
    std::string algorithm;
    std::string state;  // active, passive, disabled
    std::int64_t priority = 0;
    std::int64_t created = 0;
    std::string sealed;
    std::string certificate;     // DER, may be empty
    std::string source;          // "generated" or "realm file: <name>"
    std::int64_t activates = 0;  // a passive key: when it begins to sign; 0: never
    std::int64_t retires = 0;    // a passive key: when nothing it signed lives; 0: it stays
};
class KeyStore {
  public:
    virtual ~KeyStore() = default;
    virtual Result<std::vector<KeyRow>> list(std::string_view realm) const = 0;
    virtual Status put(std::string_view realm, const KeyRow& key) = 0;
    virtual Status remove(std::string_view realm, std::string_view kid) = 0;
};

struct LoginFailures {
    std::int64_t count = 0;
    std::int64_t last_ms = 0;
    std::int64_t locked_until = 0;  // seconds; -1: until an administrator unlocks
};
class LoginFailureStore {
  public:
    virtual ~LoginFailureStore() = default;
    virtual Result<LoginFailures> get(std::string_view realm, const UserId& user) const = 0;
    // Atomically replaces what `change` makes of the stored value; returns the new one. `change`
    // holds up all other writes and must not call the store.
    virtual Result<LoginFailures> update(std::string_view realm, const UserId& user,
                                         const std::function<void(LoginFailures&)>& change) = 0;
    virtual Status clear(std::string_view realm, const UserId& user) = 0;
};

// A stored audit record with its place in the chain of its node.
struct AuditRow {
    std::string node;
    std::int64_t sequence = 0;  // 1, 2, 3 ... without gaps within a node
    std::string trace;
    std::int64_t at_us = 0;
    std::string body;      // JSON text made by audit/
    std::string previous;  // hash of the row before, 64 hex digits; zeros for the first
    std::string hash;      // SHA-256 of node, sequence, previous and body (see chain_hash)
};
// Where the chain of a node begins now: number and hash of the last record that was removed.
struct AuditBeginning {
    std::string node;
    std::int64_t sequence = 0;
    std::string hash;
};
class AuditStore {
  public:
    virtual ~AuditStore() = default;
    // Of every node whose oldest records were removed.
    virtual Result<std::vector<AuditBeginning>> beginnings() const = 0;
    virtual Result<std::optional<AuditRow>> find(std::string_view trace) const = 0;
    // In order of node and sequence, until `visit` returns false.
    virtual Status scan(const std::function<bool(const AuditRow&)>& visit) const = 0;
    // The newest `limit` rows of this node, oldest first.
    virtual Result<std::vector<AuditRow>> tail(std::size_t limit) const = 0;
};

// Everything a backend keeps. A resource: made in app/, neither copied nor moved.
class Store {
  public:
    virtual ~Store() = default;
    virtual RealmStore& realms() = 0;
    virtual UserStore& users() = 0;
    virtual SessionStore& sessions() = 0;
    virtual RefreshStore& refresh() = 0;
    virtual ReferenceTokenStore& reference_tokens() = 0;
    virtual RevocationStore& revocations() = 0;
    virtual RelationStore& relations() = 0;
    virtual ApiKeyStore& api_keys() = 0;
    virtual FederatedIdentityStore& federated_identities() = 0;
    virtual HandOffStore& hand_offs() = 0;
    virtual KeyStore& keys() = 0;
    virtual LoginFailureStore& login_failures() = 0;
    virtual AuditStore& audit() = 0;
    // Returns when the batch is durable (group commit), or with the reason why none of it happened.
    virtual Status commit(Batch batch) = 0;
    // As commit(), but returns before it is durable, so that nobody waits for the disk; `done` may
    // run before it returns.
    virtual void commit_then(Batch batch, Committed done) { done(commit(std::move(batch))); }
    // As commit(), but returns at once; failures are counted and logged by the backend.
    virtual void commit_later(Batch batch) = 0;
    // Removes what has expired by `now` (its time is `now` or earlier, and not 0); a bounded amount
    // per call. An offline session goes with the last of its families, which is all that can use
    // it. Returns how many sessions, families, opaque tokens, one-time things, relations, API keys,
    // counters, hand-offs and revocations went.
    virtual Result<std::size_t> prune(std::int64_t now) = 0;
    // Removes audit records of before `before_us`, oldest first, a bounded amount per call, and
    // never the newest of the chain. What is left begins with the place of the last that went: see
    // AuditStore::beginnings(). Returns how many went.
    virtual Result<std::size_t> prune_audit(std::int64_t before_us) = 0;
    // Background work that one process of all that share the database does: true for who holds the
    // lease or may take it, then for that long. `holder` names the process.
    virtual Result<bool> take_lease(std::string_view /*name*/, std::string_view /*holder*/,
                                    std::chrono::seconds /*length*/) {
        return true;
    }
    // `changed` is called, from a thread of the backend, soon after another process has changed
    // what processes keep copies of, where the backend can tell; it must be short. Null: no more.
    // Who needs to know has to look now and then all the same.
    virtual void on_change(std::function<void()> /*changed*/) {}
    // Runs `work`, which reads, thinks and writes in several steps (applying a realm), while no
    // other process that shares the database runs one; waits for its turn. Returns what it returns.
    virtual Status exclusively(const std::function<Status()>& work) { return work(); }
    // A consistent copy while running (SQLite's backup); kConfigInvalid where there is none.
    virtual Status backup(const std::string& path) = 0;
    // Can it be read and written? For the readiness check.
    virtual Status ping() = 0;
};

}  // namespace cambist::store
