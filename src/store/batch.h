// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/api_key.h"
#include "model/foreign.h"
#include "model/hand_off.h"
#include "model/relation.h"
#include "model/session.h"

// What Store::commit() takes.
namespace cambist::store {

// The operations of one atomic commit, in order; each sees those before it. Conditional ones fail
// the whole batch: rotate of a token that was used -> kRefreshTokenReused, of one that is unknown
// or whose family is gone -> kRefreshTokenInvalid, of one whose family has been used max_uses times
// -> kRefreshUsesSpent; take of a one-time thing that was taken, or
// adding what has an id that is taken -> kConflict; take of a hand-off that was taken or is not
// there -> kHandOffTaken; a use beyond its limit -> kDailyLimitReached. To touch, end, remove or
// revoke what is not there does nothing. Nothing here knows the time: what has expired counts until
// it is pruned.
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
struct AddReferenceToken {
    ReferenceToken token;
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
struct AddRelation {
    Relation relation;
};
// What rests on it is ended by an AddRevocation of its id in the same batch.
struct RemoveRelation {
    std::string id;
};
struct AddApiKey {
    ApiKey key;
};
struct RemoveApiKey {  // as RemoveRelation
    std::string id;
};
// One more use of what `key` names; at most `limit` until it is forgotten, which is not before
// `until`.
struct CountUse {
    std::string key;
    std::int64_t limit = 0;
    std::int64_t until = 0;
};
struct AddHandOff {
    HandOff hand_off;
};
// Of several takers one wins; the receipt stands for its payload then, and the tree of what it was
// issued is known until `keep_until`.
struct TakeHandOff {
    std::string hash;
    std::string xid;
    std::int64_t keep_until = 0;
    std::string receipt;
};
// A user that comes to be with an issue; an id or user name that is taken is kConflict.
struct AddUser {
    User user;
};
struct AddFederatedIdentity {
    FederatedIdentity identity;
};
struct AppendAudit {
    std::string trace;
    std::int64_t at_us = 0;
    std::string body;
};
using Operation =
    std::variant<AddSession, TouchSession, EndSession, AddRefreshFamily, RotateRefresh,
                 RevokeFamily, AddReferenceToken, TakeOnce, AddRevocation, AddRelation,
                 RemoveRelation, AddApiKey, RemoveApiKey, CountUse, AddHandOff, TakeHandOff,
                 AddUser, AddFederatedIdentity, AppendAudit>;
struct Batch {
    std::string realm;
    std::vector<Operation> operations;
};

// Told once how a commit ended. May run on a thread of the backend that serves everybody: must be
// short, must not wait and must not call the store but to commit_then() again.
using Committed = std::move_only_function<void(Status)>;

}  // namespace cambist::store
