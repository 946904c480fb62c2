// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "issuers/keys.h"
#include "jose/jws.h"
#include "json/value.h"
#include "model/flow.h"
#include "model/foreign.h"
#include "model/issuer.h"
#include "realms/snapshot.h"

namespace cambist::issuers {

// What a token of another issuer is presented for.
enum class Use : std::uint8_t { kSubject, kActor, kGrant, kClient };

// A token as it came.
struct PresentedToken {
    std::string_view text;
    TokenType declared = TokenType::kJwt;
    Use use = Use::kSubject;
    std::string_view client;  // who presents it; empty: it is to prove that
    // The parameter subject_issuer, or the one issuer that may prove this client: an alias or a
    // value of `iss`. Empty: the token says.
    std::string_view issuer;
    std::string_view custom_type = {};  // kCustom: what the request calls it
    const Form* form = nullptr;         // what else is asked for, to tell a hook; null: nothing
};

// What a token of a trusted issuer says, after all that can be said without our users: form,
// issuer, key, algorithm, signature, kind, audience, times, and what the issuer's entry demands.
struct CheckedForeign {
    const TrustedIssuer* issuer = nullptr;  // lives as long as the realm
    json::Value claims;
    TokenFacts facts;           // without the subject
    ForeignFacts foreign;       // without the user
    std::string username = {};  // what a link calls it; empty: preferred_username
};

// Any thread. kSubjectToken... for what a token of ours could have as well, kIssuer... where the
// issuer is not trusted for this, kForeign... for what its entry demands. Every refusal has a hint
// with what was presented and what was expected.
Result<CheckedForeign> check_foreign(const realms::Snapshot& realm, const IssuerKeySets& keys,
                                     const PresentedToken& presented, TimePoint now);

// Whether the text says that it is a JWT of somebody else than this realm: then it is none of ours
// that has been spoiled. Costs a look into the token.
bool is_foreign(const realms::Snapshot& realm, std::string_view text);

// The trusted issuer that these claims name, for what the token is presented for. kIssuer...,
// must_name_one().
Result<const TrustedIssuer*> find_issuer(const Realm& realm, const json::Value& claims,
                                         const PresentedToken& presented, TimePoint now);

// Two of Keycloak's identity providers for one issuer: only the request can say which is meant.
std::unexpected<Error> must_name_one(const TrustedIssuer& first, const TrustedIssuer& second);

// The issuer may be used for what is presented: kIssuerDisabled, kIssuerNotServed,
// kIssuerNotForClient, kIssuerNotForUse.
Status check_usable(const TrustedIssuer& issuer, const PresentedToken& presented, TimePoint now);

// The signature, by a key of this issuer.
Result<jose::VerifiedJws> verify_of(const TrustedIssuer& issuer, const IssuerKeySets& keys,
                                    std::string_view text);

// What is known of a token once somebody has vouched for its claims: a key, or the issuer itself.
// `header` is empty where there is none.
Result<CheckedForeign> check_vouched(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                                     const PresentedToken& presented, const jose::Header& header,
                                     json::Value claims, TimePoint now);

// One look at a token: for what, and how it ended.
struct Look {
    std::string_view name;
    Status outcome;
};
// check_vouched() that goes on after a refusal, for somebody who wants to see all that is wrong.
// `token` is what it would be, if all of them are good.
std::vector<Look> look_through(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                               const PresentedToken& presented, const jose::Header& header,
                               json::Value claims, TimePoint now, CheckedForeign& token);

// check_claims.cc: what the claims of a rightly signed token must say.
Status check_kind(const TrustedIssuer& issuer, const jose::Header& header,
                  const json::Value& claims, const PresentedToken& presented);
// Whom a token may be meant for.
std::vector<std::string> wanted_audiences(const realms::Snapshot& realm,
                                          const TrustedIssuer& issuer,
                                          const PresentedToken& presented);
Status check_audience(const realms::Snapshot& realm, const PresentedToken& presented,
                      CheckedForeign& token);
Status check_times(const PresentedToken& presented, TimePoint now, CheckedForeign& token);
Status check_demands(const PresentedToken& presented, CheckedForeign& token);
// Who acts and who may act, what the token is bound to, its scopes here.
Status read_rights(const PresentedToken& presented, CheckedForeign& token);

// A demand of the operator's that is not met: refuses, or is noted (IssuerMode::kAudit).
Status object(CheckedForeign& token, ErrorCode code, std::string hint);

}  // namespace cambist::issuers
