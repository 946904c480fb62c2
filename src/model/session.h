// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/confirmation.h"
#include "model/ids.h"
#include "model/token_type.h"

namespace cambist {

// A log-in of a user. Ends by log-out, by idling, by age, or with its user.
struct Session {
    SessionId id;
    UserId user;
    ClientId client;           // where the log-in happened
    std::int64_t started = 0;  // seconds since 1970: auth_time
    std::int64_t last_access = 0;
    std::int64_t expires = 0;  // hard end
    std::string auth_method;   // "password"
    std::string acr = "1";
    bool offline = false;
    // Of the secret that the device got with the log-in (OpenID Connect Native SSO): base64url
    // SHA-256; empty: none.
    std::string device_hash;
};

// All refresh tokens that came from one grant to one client. Only hashes of tokens are kept.
struct RefreshFamily {
    std::string id;     // a ULID
    SessionId session;  // empty: none (service accounts)
    UserId user;
    ClientId client;     // the only client that may refresh
    ClientId requester;  // who asked for it, when that is another one; else empty
    std::vector<std::string> scopes;
    std::vector<std::string> audience;  // restriction by an exchange; empty: none
    bool audience_restricted = false;
    GrantType grant_of_origin = GrantType::kPassword;
    RuleId rule;                  // the rule that granted it; checked again at every refresh
    std::string xid;              // exchange tree
    std::vector<std::string> xp;  // short ids of all ancestors
    std::string act;              // JSON text of the actor chain, or empty
    std::string may_act;          // JSON text of claim may_act, or empty
    Confirmation cnf;             // what its access tokens are bound to, and a public client's own
    std::int64_t created = 0;
    std::int64_t expires = 0;
    std::int64_t not_after = 0;  // nothing that comes of the family may live longer; 0: no bound
    std::int64_t auth_time = 0;
    std::map<std::string, std::string> notes;  // Identity::notes
    bool rotate = true;          // false: a token may be used again until the family ends
    std::int64_t max_reuse = 0;  // extra uses that a rotated token has before it counts as stolen
    std::int64_t max_uses = 0;   // refreshes with any of its tokens; 0: unbounded
    std::int64_t uses = 0;       // refreshes so far; counted by the store
};

// An opaque access token: what its JWT would say, found by the hash of its text.
struct ReferenceToken {
    std::string hash;    // base64url SHA-256 of the text
    std::string claims;  // the payload's JSON text
    std::int64_t expires = 0;
    friend bool operator==(const ReferenceToken&, const ReferenceToken&) = default;
};

// What a revocation covers.
enum class RevocationKind : std::uint8_t {
    kToken,
    kTree,
    kSession,
    kUser,
    kClient,
    kActor,
    kFamily
};

// "Everything of this kind and id, issued up to `before`, is void." Kept until nothing it covers
// can be alive.
struct Revocation {
    RevocationKind kind = RevocationKind::kToken;
    std::string id;           // short id of the jti, xid, sid, user id, client id, family id
    std::int64_t before = 0;  // seconds; 0: whenever issued
    std::int64_t until = 0;   // may be forgotten then
};

}  // namespace cambist
