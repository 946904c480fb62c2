// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "jose/jws.h"
#include "model/flow.h"
#include "model/token_type.h"

namespace cambist::tokens {

// One link of an act chain: a client of ours (client_id is there) or a user.
struct Actor {
    std::string sub;
    std::string client_id;  // empty: a user
    std::string issuer;     // empty: not said
    std::string session;    // the log-in in which it acts; empty: none
};

// What a rightly signed token says, before times and live state were looked at.
struct CheckedToken {
    TokenFacts facts;
    std::int64_t not_before = 0;  // claim nbf; 0: none
    std::string kind;             // claim typ: Bearer, ID, Refresh, Logout, ...
    bool is_at_jwt = false;       // header typ is that of RFC 9068
    bool is_plain_jwt = false;    // header typ is JWT or absent
    bool is_opaque = false;       // an opaque access token: these claims are kept, not signed
    std::string hidden;           // claim xact: the sealed actor chain; empty: nobody is hidden
    std::string kid;
    std::uint64_t key = 0;      // crypto::PublicKey::id of the key that verified it
    std::vector<Actor> actors;  // the act chain, outermost first
};

// Reads the claims of a token of ours strictly: integers where there are times, exp, iat, jti, iss
// and sub mandatory, act and may_act objects at every level. kSubjectTokenClaims names the claim.
Result<CheckedToken> read_claims(const jose::Header& header, std::string payload);

// The links of an act chain (JSON text), outermost first; none when empty.
Result<std::vector<Actor>> read_actors(const std::string& act);

// exp and nbf without leeway; the second of exp is over. kSubjectTokenExpired,
// kSubjectTokenNotYetValid.
Status check_times(const CheckedToken& token, TimePoint now);

// What the token is by its own words (claim and header typ must agree); nothing when it is none of
// the types that can be presented.
std::optional<TokenType> type_of(const CheckedToken& token);
// kSubjectTypeMismatch when it is not what it was declared as, with both in the hint.
Status check_declared_type(const CheckedToken& token, TokenType declared);

}  // namespace cambist::tokens
