// SPDX-License-Identifier: Apache-2.0
#include "issuers/check.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/digest.h"
#include "issuers/claims.h"
#include "issuers/named.h"
#include "jose/claims.h"
#include "realms/bringing.h"

namespace cambist::issuers {
namespace {

constexpr std::string_view kSpiffe = "spiffe://";
constexpr std::size_t kLongestName = 2048;
constexpr std::size_t kToTheSecond = 19;  // of a time in ISO 8601

std::string quoted(std::string_view text) { return "'" + printable(text, 100) + "'"; }

bool serves(const TrustedIssuer& issuer, Use use) {
    switch (use) {
        case Use::kSubject:
            return issuer.uses.subject;
        case Use::kActor:
            return issuer.uses.actor;
        case Use::kGrant:
            return issuer.uses.grant;
        case Use::kClient:
            return issuer.uses.client;
    }
    return false;
}

// A SPIFFE ID names its trust domain itself; whoever signs may put anything into `iss`.
std::string spiffe_issuer(std::string_view subject) {
    if (!subject.starts_with(kSpiffe)) return {};
    return std::string(subject.substr(0, subject.find('/', kSpiffe.size())));
}

// By what the token says of itself, which is believed only once one of their keys has proved it.
std::vector<const TrustedIssuer*> named_by(const Realm& realm, const json::Value& claims) {
    std::vector<const TrustedIssuer*> found;
    if (const auto* iss = claims.find_string("iss"))
        for (const auto* issuer : realm.issuers_of(*iss))
            if (issuer->preset != IssuerPreset::kSpiffe) found.push_back(issuer);
    if (const auto* sub = claims.find_string("sub"))
        for (const auto* issuer : realm.issuers_of(spiffe_issuer(*sub)))
            if (issuer->preset == IssuerPreset::kSpiffe) found.push_back(issuer);
    return found;
}

std::string issuer_text(const json::Value& claims) {
    const auto* iss = claims.find_string("iss");
    return iss == nullptr ? std::string("it has no iss") : "iss is " + quoted(*iss);
}

std::string nearest_to(const Realm& realm, const json::Value& claims) {
    const auto* iss = claims.find_string("iss");
    return iss == nullptr ? std::string() : nearest_issuer(realm, std::string_view(*iss));
}

bool is_for_anybody(const TrustedIssuer& issuer) {
    return issuer.kind == IssuerKind::kKeycloakV1 &&
           std::ranges::find(issuer.audience, TrustedIssuer::kAnybody) != issuer.audience.end();
}

// A token that is meant for others is signed with keys that nobody here has to know: that it is not
// meant for us tells more than that no key fits.
Status check_meant_for_us(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                          const PresentedToken& presented, const json::Value& unproved) {
    if (presented.use == Use::kSubject && is_for_anybody(issuer)) return {};
    CheckedForeign token;
    token.issuer = &issuer;
    token.claims = unproved;
    return check_audience(realm, presented, token);
}

// Trust with an end, as of a system that is being left.
bool is_over(const TrustedIssuer& issuer, TimePoint now) {
    return issuer.until && to_unix(now) >= *issuer.until;
}

std::unexpected<Error> not_for(const TrustedIssuer& issuer, const PresentedToken& presented,
                               TimePoint now) {
    const auto name = "issuer " + quoted(issuer.alias);
    if (!issuer.enabled) return fail(ErrorCode::kIssuerDisabled, name + " is disabled");
    if (is_over(issuer, now))
        return fail(ErrorCode::kIssuerDisabled,
                    name + " was trusted until " +
                        to_iso8601(from_unix(*issuer.until)).substr(0, kToTheSecond) + "Z (until)");
    if (!issuer.unserved.empty())
        return fail(ErrorCode::kIssuerNotServed, name + ": " + issuer.unserved);
    if (!presented.client.empty() && !issuer.serves_client(presented.client))
        return fail(ErrorCode::kIssuerNotForClient, name + " is for " + join(issuer.clients, ", ") +
                                                        ", you are " + quoted(presented.client));
    if (!serves(issuer, presented.use))
        return fail(ErrorCode::kIssuerNotForUse, name + " is not trusted for this use (uses)");
    std::string types;
    for (const auto type : issuer.token_types)
        types += (types.empty() ? "" : ", ") + std::string(short_name_of(type));
    return fail(ErrorCode::kIssuerNotForUse, name + " is trusted for " + types + ", you sent " +
                                                 std::string(short_name_of(presented.declared)));
}

bool is_for(const TrustedIssuer& issuer, const PresentedToken& presented, TimePoint now) {
    return issuer.enabled && !is_over(issuer, now) && issuer.unserved.empty() &&
           serves(issuer, presented.use) &&
           (presented.use == Use::kClient || issuer.takes(presented.declared)) &&
           (presented.client.empty() || issuer.serves_client(presented.client));
}

Status check_served(const TrustedIssuer& issuer) {
    if (issuer.kind == IssuerKind::kJwt || issuer.kind == IssuerKind::kOidc ||
        issuer.kind == IssuerKind::kKeycloakV1)
        return {};
    return fail(ErrorCode::kIssuerNotServed, "issuer " + quoted(issuer.alias) + " is of kind " +
                                                 std::string(name_of(issuer.kind)) +
                                                 ", which is not served by this version");
}

Result<jose::UnverifiedJws> look_into(std::string_view text) {
    if (text.size() > jose::kMaxCompactBytes)
        return fail(ErrorCode::kSubjectTokenTooLong, std::to_string(text.size()) +
                                                         " bytes, at most " +
                                                         std::to_string(jose::kMaxCompactBytes));
    if (!jose::split_compact(text)) return fail(ErrorCode::kSubjectTokenNotAJwt);
    auto peeked = jose::peek_compact(text);
    if (!peeked) return fail(ErrorCode::kSubjectTokenMalformed, peeked.error().hint);
    return peeked;
}

// Who it is there. The issuer and this are the identity.
Status read_subject(CheckedForeign& token) {
    const auto& path = token.issuer->binding.subject_claim;
    auto subject = text_of(token.claims, path);
    if (subject.empty() || subject.size() > kLongestName)
        return fail(ErrorCode::kSubjectTokenClaims,
                    "claim '" + path + "' must say who the subject is");
    token.foreign.subject = std::move(subject);
    const auto* sub = token.claims.find_string("sub");
    if (sub == nullptr || sub->empty())
        return fail(ErrorCode::kSubjectTokenClaims, "claim 'sub' is missing or empty");
    const auto* iss = token.claims.find_string("iss");
    token.facts.issuer = iss == nullptr ? token.issuer->issuers.front() : *iss;
    // RFC 7523 section 3: what a client proves itself with is nobody's token.
    if (token.facts.issuer == *sub)
        return fail(ErrorCode::kForeignKind, "iss and sub are the same: it is a client assertion");
    return {};
}

void read_ids(std::string_view text, CheckedForeign& token) {
    auto& facts = token.facts;
    facts.hash = crypto::sha256_base64url(text);
    const auto* jti = token.claims.find_string("jti");
    // So that no other issuer's token has the same.
    facts.jti = facts.issuer + "#" + (jti == nullptr || jti->empty() ? facts.hash : *jti);
}

}  // namespace

Result<const TrustedIssuer*> find_issuer(const Realm& realm, const json::Value& claims,
                                         const PresentedToken& presented, TimePoint now) {
    auto found = named_by(realm, claims);
    if (found.empty())
        return fail(ErrorCode::kIssuerUnknown, issuer_text(claims) + ", which nobody here trusts",
                    nearest_to(realm, claims));
    std::erase_if(found, [&](const auto* one) {
        return !presented.issuer.empty() && !is_called(*one, presented.issuer);
    });
    if (found.empty())
        return fail(ErrorCode::kIssuerUnknown,
                    issuer_text(claims) + ", and the request names " + quoted(presented.issuer));
    std::vector<const TrustedIssuer*> usable;
    for (const auto* issuer : found)
        if (is_for(*issuer, presented, now)) usable.push_back(issuer);
    if (usable.empty()) return not_for(*found.front(), presented, now);
    if (usable.size() > 1 && presented.use == Use::kGrant) {
        auto chosen = usable;
        std::erase_if(chosen, [&](const auto* one) {
            return !realms::is_assertion_client(realm, presented.client, one->alias);
        });
        if (!chosen.empty()) usable = std::move(chosen);
    }
    if (usable.size() == 1) return usable.front();
    return must_name_one(*usable[0], *usable[1]);
}

std::unexpected<Error> must_name_one(const TrustedIssuer& first, const TrustedIssuer& second) {
    return std::unexpected(Error{ErrorCode::kMissingParameter,
                                 "Missing parameter: subject_issuer.",
                                 "the token may be of " + quoted(first.alias) + " or of " +
                                     quoted(second.alias) + ": name one of them by subject_issuer",
                                 {}});
}

Status object(CheckedForeign& token, ErrorCode code, std::string hint) {
    if (token.issuer->mode != IssuerMode::kAudit) return fail(code, std::move(hint));
    token.foreign.objections.push_back(std::string(error_row(code).id) + " " + std::move(hint));
    return {};
}

bool is_foreign(const realms::Snapshot& realm, std::string_view text) {
    const auto peeked = look_into(text);
    if (!peeked) return false;
    const auto* iss = peeked->claims.find_string("iss");
    if (iss != nullptr && *iss == realm.issuer) return false;
    return iss != nullptr || !named_by(*realm.realm, peeked->claims).empty();
}

Result<CheckedForeign> check_foreign(const realms::Snapshot& realm, const IssuerKeySets& keys,
                                     const PresentedToken& presented, TimePoint now) {
    CAMBIST_TRY(const auto peeked, look_into(presented.text));
    CAMBIST_TRY(const auto* issuer, find_issuer(*realm.realm, peeked.claims, presented, now));
    CAMBIST_CHECK(check_served(*issuer));
    const auto proved = verify_of(*issuer, keys, presented.text);
    if (!proved) {
        CAMBIST_CHECK(check_meant_for_us(realm, *issuer, presented, peeked.claims));
        return std::unexpected(proved.error());
    }
    const auto& verified = *proved;
    auto claims = jose::parse_claims(verified.payload);
    if (!claims) return fail(ErrorCode::kSubjectTokenClaims, claims.error().hint);
    return check_vouched(realm, *issuer, presented, verified.header, *std::move(claims), now);
}

Result<jose::VerifiedJws> verify_of(const TrustedIssuer& issuer, const IssuerKeySets& keys,
                                    std::string_view text) {
    auto verified = jose::verify_compact(
        text, [&](const jose::Header& header) { return keys.key_for(issuer, header); });
    if (verified) return verified;
    auto error = std::move(verified).error();
    switch (error.code) {
        case ErrorCode::kTokenAlgorithm:
            error.code = ErrorCode::kSubjectTokenAlgorithm;
            break;
        case ErrorCode::kTokenSignature:
            error.code = ErrorCode::kSubjectTokenSignature;
            error.hint = "no key of issuer " + quoted(issuer.alias) + " signed this";
            break;
        case ErrorCode::kTokenMalformed:
            error.code = ErrorCode::kSubjectTokenMalformed;
            break;
        default:
            break;
    }
    return std::unexpected(std::move(error));
}

Status check_usable(const TrustedIssuer& issuer, const PresentedToken& presented, TimePoint now) {
    if (is_for(issuer, presented, now)) return {};
    return not_for(issuer, presented, now);
}

namespace {

CheckedForeign begin(const TrustedIssuer& issuer, const PresentedToken& presented,
                     json::Value claims) {
    CheckedForeign token;
    token.issuer = &issuer;
    token.claims = std::move(claims);
    token.foreign.alias = issuer.alias;
    token.facts.type = presented.declared;
    token.facts.claims = token.claims.to_text();
    return token;
}

// Whom it may be meant for: `any` of Keycloak's legacy exchange, which looks at no audience, and
// what tokens to be exchanged may be for, and no assertion.
Status check_meant(const realms::Snapshot& realm, const PresentedToken& presented,
                   CheckedForeign& token) {
    const auto& issuer = *token.issuer;
    if (presented.use == Use::kSubject && is_for_anybody(issuer)) {
        auto audience = jose::strings_claim(token.claims, "aud");
        if (!audience) return fail(ErrorCode::kSubjectTokenClaims, audience.error().hint);
        token.facts.audience = *std::move(audience);
        return {};
    }
    CAMBIST_CHECK(check_audience(realm, presented, token));
    if (presented.use != Use::kGrant && presented.use != Use::kClient) return {};
    for (const auto& name : token.facts.audience)
        if (std::ranges::find(issuer.subject_audience, name) != issuer.subject_audience.end())
            return fail(ErrorCode::kForeignAudience,
                        "aud is " + quoted(name) +
                            ", which no assertion may be for, unless allowClientIdAsAudience of "
                            "identity provider " +
                            quoted(issuer.alias) + " is true");
    return {};
}

// All that a token is looked at for once its claims are proved, in order, until `visit` has enough.
template <class Visit>
void look(const realms::Snapshot& realm, const PresentedToken& presented,
          const jose::Header& header, TimePoint now, CheckedForeign& token, const Visit& visit) {
    if (!visit("subject", read_subject(token))) return;
    read_ids(presented.text, token);
    if (!visit("kind", check_kind(*token.issuer, header, token.claims, presented))) return;
    if (!visit("audience", check_meant(realm, presented, token))) return;
    if (!visit("times", check_times(presented, now, token))) return;
    if (!visit("demands", check_demands(presented, token))) return;
    visit("rights", read_rights(presented, token));
}

}  // namespace

Result<CheckedForeign> check_vouched(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                                     const PresentedToken& presented, const jose::Header& header,
                                     json::Value claims, TimePoint now) {
    auto token = begin(issuer, presented, std::move(claims));
    Status outcome;
    look(realm, presented, header, now, token, [&](std::string_view /*name*/, Status seen) {
        outcome = std::move(seen);
        return outcome.has_value();
    });
    CAMBIST_CHECK(std::move(outcome));
    return token;
}

std::vector<Look> look_through(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                               const PresentedToken& presented, const jose::Header& header,
                               json::Value claims, TimePoint now, CheckedForeign& token) {
    token = begin(issuer, presented, std::move(claims));
    std::vector<Look> looks;
    look(realm, presented, header, now, token, [&](std::string_view name, Status seen) {
        looks.push_back({name, std::move(seen)});
        return true;
    });
    return looks;
}

}  // namespace cambist::issuers
