// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/audit.h"
#include "model/session.h"
#include "model/user.h"

// What must be kept, as interfaces: one small one per noun. Backends: store_memory/ (tests),
// store_sqlite/ (embedded). All pass store/conformance. Every method may be called from any thread;
// failures of the backend are kStoreUnavailable, "is not there" is an empty optional.
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
    virtual Result<std::optional<User>> find_service_account(std::string_view realm,
                                                             const ClientId& client) const = 0;
    // Inserts or replaces by id, all or nothing; a taken user name is kConflict. Users that are
    // equal to what is stored are not written. Returns how many were.
    virtual Result<std::size_t> put(std::string_view realm, const std::vector<User>& users) = 0;
    // With the user's sessions, refresh families and log-in failures.
    virtual Status remove(std::string_view realm, const UserId& id) = 0;
    virtual Result<std::size_t> count(std::string_view realm) const = 0;
    // In order of id, after `after`, at most `limit`.
    virtual Result<std::vector<User>> list(std::string_view realm, const UserId& after,
                                           std::size_t limit) const = 0;
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
};

class RevocationStore {
  public:
    virtual ~RevocationStore() = default;
    struct Entry {
        std::int64_t number = 0;  // grows; for "what is new since"
        std::string realm;
        Revocation revocation;
    };
    virtual Result<std::vector<Entry>> since(std::int64_t number) const = 0;
};

// Signing keys. `sealed` is the private key, encrypted by keys/.
struct KeyRow {
    std::string kid;
    std::string algorithm;
    std::string state;  // active, passive, disabled
    std::int64_t priority = 0;
    std::int64_t created = 0;
    std::string sealed;
    std::string certificate;  // DER, may be empty
    std::string source;       // "generated" or "realm file: <name>"
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
class AuditStore {
  public:
    virtual ~AuditStore() = default;
    virtual Result<std::optional<AuditRow>> find(std::string_view trace) const = 0;
    // In order of node and sequence, until `visit` returns false.
    virtual Status scan(const std::function<bool(const AuditRow&)>& visit) const = 0;
    // The newest `limit` rows of this node, oldest first.
    virtual Result<std::vector<AuditRow>> tail(std::size_t limit) const = 0;
};

// The operations of one atomic commit, in order; each sees those before it. Conditional ones fail
// the whole batch: rotate of a token that was used -> kRefreshTokenReused, of one that is unknown
// or whose family is gone -> kRefreshTokenInvalid, of one whose family has been used max_uses times
// -> kRefreshUsesSpent; take of a one-time thing that was taken, or
// adding what has an id that is taken -> kConflict. To touch, end or revoke what is not there does
// nothing. Nothing here knows the time: an expired family or one-time thing counts until it is
// pruned.
struct AddSession {
    Session session;
};
struct TouchSession {  // never back
    SessionId id;
    std::int64_t last_access = 0;
};
struct EndSession {  // also removes its refresh families
    SessionId id;
};
struct AddRefreshFamily {
    RefreshFamily family;
    std::string hash;  // of its first token
};
// A used token may be used again as often as its family's max_reuse says. Every rotation counts as
// a use of the family.
struct RotateRefresh {
    std::string family;
    std::string old_hash;
    std::string new_hash;      // empty: the old one stays in use (no rotation)
    std::int64_t expires = 0;  // new end of the family
};
struct RevokeFamily {
    std::string id;
};
// Atomic gate: (realm, purpose, issuer, id) can be taken once until `expires`.
struct TakeOnce {
    std::string purpose;
    std::string issuer;
    std::string id;
    std::int64_t expires = 0;
};
struct AddRevocation {
    Revocation revocation;
};
struct AppendAudit {
    std::string trace;
    std::int64_t at_us = 0;
    std::string body;
};
using Operation = std::variant<AddSession, TouchSession, EndSession, AddRefreshFamily,
                               RotateRefresh, RevokeFamily, TakeOnce, AddRevocation, AppendAudit>;
struct Batch {
    std::string realm;
    std::vector<Operation> operations;
};

// Told once how a commit ended. May run on a thread of the backend that serves everybody: must be
// short, must not wait and must not call the store but to commit_then() again.
using Committed = std::move_only_function<void(Status)>;

// Everything a backend keeps. A resource: made in app/, neither copied nor moved.
class Store {
  public:
    virtual ~Store() = default;
    virtual RealmStore& realms() = 0;
    virtual UserStore& users() = 0;
    virtual SessionStore& sessions() = 0;
    virtual RefreshStore& refresh() = 0;
    virtual RevocationStore& revocations() = 0;
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
    // per call. Returns how many sessions, families, one-time things and revocations went.
    virtual Result<std::size_t> prune(std::int64_t now) = 0;
    // A consistent copy while running (SQLite's backup); kConfigInvalid where there is none.
    virtual Status backup(const std::string& path) = 0;
    // Can it be read and written? For the readiness check.
    virtual Status ping() = 0;
};

}  // namespace cambist::store
