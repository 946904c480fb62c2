// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/digest.h"
#include "issuers/check.h"
#include "issuers/claims.h"
#include "jose/claims.h"

namespace cambist::issuers {
namespace {

constexpr std::size_t kLongestId = 1024;
// A replay need not be remembered for longer, whatever the token says of its end.
constexpr Seconds kLongestSingleUse{86400};

std::string quoted(std::string_view text) { return "'" + printable(text, 100) + "'"; }

std::string at(TimePoint time) { return to_iso8601(time); }

std::string span(std::chrono::nanoseconds length) {
    return std::to_string(std::chrono::duration_cast<Seconds>(length).count()) + " s";
}

std::unexpected<Error> as_subject(Error error) {
    error.code = ErrorCode::kSubjectTokenClaims;
    return std::unexpected(std::move(error));
}

Result<std::optional<TimePoint>> date(const json::Value& claims, std::string_view name) {
    auto read = jose::date_claim(claims, name);
    if (!read) return as_subject(std::move(read).error());
    return *read;
}

bool has_any(const json::Value& claims, std::initializer_list<std::string_view> names) {
    return std::ranges::any_of(names, [&](auto name) { return claims.find(name) != nullptr; });
}

// RFC 8725 section 3.11: what is called something else is something else, whoever signed it.
bool is_known_typ(const TrustedIssuer& issuer, const jose::Header& header) {
    if (header.typ.empty() || jose::typ_is(header, "JWT")) return true;
    if (issuer.preset == IssuerPreset::kSpiffe) return jose::typ_is(header, "JOSE");
    return jose::typ_is(header, "at+jwt") ||
           std::ranges::any_of(issuer.header_types,
                               [&](const auto& typ) { return jose::typ_is(header, typ); });
}

enum class Kind : std::uint8_t { kAny, kAccess, kId, kOther };

// What it is by its own words: RFC 9068's header, Keycloak's claim, the claims of OpenID Connect
// Core section 2 and 3 that only ID tokens have.
Kind kind_of(const jose::Header& header, const json::Value& claims) {
    const auto* typ = claims.find_string("typ");
    if (has_any(claims, {"events", "token_introspection", "htm"})) return Kind::kOther;
    if (typ != nullptr &&
        (*typ == "Refresh" || *typ == "Offline" || *typ == "Logout" || *typ == "Serialized-ID"))
        return Kind::kOther;
    if (jose::typ_is(header, "at+jwt")) return Kind::kAccess;
    if (typ != nullptr && *typ == "Bearer") return Kind::kAccess;
    if (typ != nullptr && *typ == "ID") return Kind::kId;
    if (has_any(claims, {"at_hash", "c_hash", "s_hash", "nonce"})) return Kind::kId;
    return Kind::kAny;
}

std::string authorized_party(const json::Value& claims) {
    for (const auto* name : {"azp", "client_id", "appid", "cid"})
        if (const auto* text = claims.find_string(name); text != nullptr && !text->empty())
            return *text;
    return {};
}

// Since `iat`; of a token without one, until `exp`.
Status check_age(CheckedForeign& token, Seconds most, std::optional<TimePoint> issued,
                 TimePoint expires, TimePoint now) {
    const auto skew = token.issuer->clock_skew;
    if (issued && now - *issued > most + skew)
        return object(token, ErrorCode::kForeignTooOld,
                      "it was issued " + span(now - *issued) + " ago, at most " + span(most));
    if (!issued && expires - now > most + skew)
        return object(
            token, ErrorCode::kForeignTooOld,
            "it has no iat and ends in " + span(expires - now) + ", at most " + span(most));
    return {};
}

Status check_max_age(CheckedForeign& token, std::optional<TimePoint> issued, TimePoint expires,
                     TimePoint now) {
    const auto& most = token.issuer->max_age;
    if (!most) return {};
    if (issued) return check_age(token, *most, issued, expires, now);
    return object(token, ErrorCode::kForeignTooOld, "it has no iat, and a maximum age is demanded");
}

Status check_single_use(const PresentedToken& presented, TimePoint expires, TimePoint now,
                        CheckedForeign& token) {
    if (!token.issuer->single_use.value_or(presented.use == Use::kGrant)) return {};
    const auto* jti = token.claims.find_string("jti");
    if (jti == nullptr || jti->empty() || jti->size() > kLongestId)
        return object(token, ErrorCode::kForeignJtiMissing,
                      "tokens of issuer " + quoted(token.issuer->alias) + " serve once");
    // Where that is only recorded, it serves once all the same.
    if (expires - now > kLongestSingleUse)
        CAMBIST_CHECK(object(token, ErrorCode::kForeignTooLong,
                             "it serves once, and ends in " + span(expires - now)));
    token.foreign.one_time = crypto::sha256_base64url(*jti);
    token.foreign.one_time_until = to_unix(expires + token.issuer->clock_skew) + 1;
    return {};
}

// RFC 8693 section 4.1: the links of a chain, each an object that says who, with the issuer in
// whose words it does.
Result<json::Value> with_issuer(const json::Value& actor, const std::string& issuer, int depth) {
    static constexpr int kDeepest = 16;
    if (!actor.is_object() || depth > kDeepest)
        return fail(ErrorCode::kSubjectTokenClaims, "act must be an object at every level");
    auto out = json::Value::object();
    const auto* iss = actor.find_string("iss");
    for (const auto* name : {"sub", "client_id", "preferred_username"}) {
        const auto* value = actor.find(name);
        if (value == nullptr) continue;
        if (!value->is_string())
            return fail(ErrorCode::kSubjectTokenClaims,
                        "act: " + std::string(name) + " must be a string");
        out.set(name, *value);
    }
    if (out.find("sub") == nullptr)
        return fail(ErrorCode::kSubjectTokenClaims, "act must name its sub at every level");
    out.set("iss", iss == nullptr ? issuer : *iss);
    if (const auto* older = actor.find("act")) {
        CAMBIST_TRY(auto link, with_issuer(*older, issuer, depth + 1));
        out.set("act", std::move(link));
    }
    return out;
}

Status read_delegation(CheckedForeign& token) {
    const auto* act = token.claims.find("act");
    const auto* may_act = token.claims.find("may_act");
    if (act == nullptr && may_act == nullptr) return {};
    // To leave them out would make a plain token of a delegated one.
    if (!token.issuer->uses.actor)
        return fail(ErrorCode::kForeignActor,
                    "issuer " + quoted(token.issuer->alias) +
                        " is not trusted to say who acts or may act (uses: actor)");
    if (act != nullptr) {
        CAMBIST_TRY(const auto chain, with_issuer(*act, token.facts.issuer, 0));
        token.facts.act = chain.to_text();
    }
    if (may_act != nullptr) {
        if (!may_act->is_object())
            return fail(ErrorCode::kSubjectTokenClaims, "may_act must be an object");
        token.facts.may_act = may_act->to_text();
    }
    return {};
}

Status read_binding_key(CheckedForeign& token) {
    const auto* cnf = token.claims.find("cnf");
    if (cnf == nullptr) return {};
    if (!cnf->is_object()) return fail(ErrorCode::kSubjectTokenClaims, "cnf must be an object");
    token.facts.is_bound = true;
    token.facts.cnf = read_confirmation(*cnf);
    return {};
}

// Their scopes, however they write them: a text with spaces or a list.
std::vector<std::string> foreign_scopes(const json::Value& claims) {
    std::vector<std::string> scopes;
    for (const auto* name : {"scope", "scp"}) {
        for (const auto& text : texts_of(claims.find(name))) {
            std::string_view rest = text;
            while (!rest.empty()) {
                const auto end = std::min(rest.find(' '), rest.size());
                if (end > 0) scopes.emplace_back(rest.substr(0, end));
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
        }
    }
    return scopes;
}

void read_scopes(CheckedForeign& token) {
    const auto& issuer = *token.issuer;
    auto& scopes = token.facts.scopes;
    if (issuer.scope_map.empty()) {
        scopes = issuer.scopes;
        if (!scopes.empty()) token.foreign.ceiling = scopes;
        return;
    }
    for (const auto& theirs : foreign_scopes(token.claims)) {
        const auto found = issuer.scope_map.find(theirs);
        if (found == issuer.scope_map.end()) continue;
        for (const auto& ours : found->second) {
            const bool is_within = issuer.scopes.empty() ||
                                   std::ranges::find(issuer.scopes, ours) != issuer.scopes.end();
            if (is_within && std::ranges::find(scopes, ours) == scopes.end())
                scopes.push_back(ours);
        }
    }
    token.foreign.ceiling = scopes;
}

// Kubernetes: a token of a Secret is bound to no pod and has no end (WLI-02, WLI-03).
Status check_pod(CheckedForeign& token) {
    if (token.issuer->preset != IssuerPreset::kKubernetes) return {};
    for (const auto* path : {"kubernetes\\.io.namespace", "kubernetes\\.io.serviceaccount.name",
                             "kubernetes\\.io.serviceaccount.uid"})
        if (text_of(token.claims, path).empty())
            return fail(ErrorCode::kSubjectTokenClaims,
                        "claim '" + std::string(path) + "' is missing: it is no bound token");
    return {};
}

// SPF-06: a SPIFFE ID is written in one way only.
Status check_spiffe_id(CheckedForeign& token) {
    if (token.issuer->preset != IssuerPreset::kSpiffe) return {};
    const auto& id = *token.claims.find_string("sub");
    const auto path = std::string_view(id).substr(token.issuer->issuers.front().size());
    const bool is_good =
        path.size() > 1 && path.front() == '/' && !path.ends_with('/') && !path.contains("//") &&
        !path.contains("/./") && !path.contains("/../") && !path.ends_with("/.") &&
        !path.ends_with("/..") && std::ranges::all_of(path, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '_' || c == '.' || c == '/';
        });
    if (is_good) return {};
    return fail(ErrorCode::kSubjectTokenClaims, "sub is no SPIFFE ID: " + quoted(id));
}

}  // namespace

std::vector<std::string> wanted_audiences(const realms::Snapshot& realm,
                                          const TrustedIssuer& issuer,
                                          const PresentedToken& presented) {
    std::vector<std::string> wanted;
    for (const auto& audience : issuer.audience) {
        if (audience == TrustedIssuer::kRequester) {
            if (!presented.client.empty()) wanted.emplace_back(presented.client);
        } else if (audience == TrustedIssuer::kOurselves) {
            wanted.push_back(realm.issuer);
            // RFC 7523 section 3: the token endpoint names this server as well.
            if (presented.use == Use::kGrant)
                wanted.push_back(realm.issuer + "/protocol/openid-connect/token");
        } else {
            wanted.push_back(audience);
        }
    }
    return wanted;
}

Status check_kind(const TrustedIssuer& issuer, const jose::Header& header,
                  const json::Value& claims, const PresentedToken& presented) {
    if (!is_known_typ(issuer, header))
        return fail(ErrorCode::kForeignKind, "its header says typ " + quoted(header.typ) +
                                                 "; if that is a token to be exchanged, add it to "
                                                 "headerTypes of issuer " +
                                                 quoted(issuer.alias));
    const auto kind = kind_of(header, claims);
    if (kind == Kind::kOther)
        return fail(ErrorCode::kForeignKind,
                    "it is a token of another kind, such as a refresh or logout token");
    if (presented.use == Use::kClient || presented.use == Use::kGrant) {
        // RFC 7523bis: an access token is meant for resources.
        if (kind != Kind::kAccess || presented.use == Use::kGrant) return {};
        return fail(ErrorCode::kForeignKind, "an access token proves no client");
    }
    const bool is_wrong = (kind == Kind::kId && presented.declared == TokenType::kAccessToken) ||
                          (kind == Kind::kAccess && presented.declared == TokenType::kIdToken);
    if (!is_wrong) return {};
    return fail(ErrorCode::kSubjectTypeMismatch,
                std::string("you sent ") + (kind == Kind::kId ? "an ID token" : "an access token") +
                    " declared as " + std::string(short_name_of(presented.declared)));
}

Status check_audience(const realms::Snapshot& realm, const PresentedToken& presented,
                      CheckedForeign& token) {
    auto audience = jose::strings_claim(token.claims, "aud");
    if (!audience) return as_subject(std::move(audience).error());
    const auto wanted = wanted_audiences(realm, *token.issuer, presented);
    const bool is_named = std::ranges::any_of(*audience, [&](const std::string& name) {
        return std::ranges::find(wanted, name) != wanted.end();
    });
    // Several receivers of an assertion could each present it to the others.
    const bool is_alone =
        presented.use == Use::kSubject || presented.use == Use::kActor || audience->size() <= 1;
    token.facts.audience = *std::move(audience);
    if (is_named && is_alone) return {};
    return fail(ErrorCode::kForeignAudience,
                "aud is " +
                    (token.facts.audience.empty() ? std::string("missing")
                                                  : quoted(join(token.facts.audience, " "))) +
                    ", must " + (is_alone ? "name " : "be only ") + join(wanted, " or "));
}

Status check_times(const PresentedToken& presented, TimePoint now, CheckedForeign& token) {
    const auto skew = token.issuer->clock_skew;
    CAMBIST_TRY(const auto expires, date(token.claims, "exp"));
    if (!expires) return fail(ErrorCode::kSubjectTokenClaims, "claim 'exp' is missing");
    if (*expires + skew <= now)
        return fail(ErrorCode::kSubjectTokenExpired, "it expired " + span(now - *expires) +
                                                         " ago, at " + at(*expires) + " (skew " +
                                                         span(skew) + ")");
    CAMBIST_TRY(const auto not_before, date(token.claims, "nbf"));
    CAMBIST_TRY(const auto issued, date(token.claims, "iat"));
    CAMBIST_TRY(const auto authenticated, date(token.claims, "auth_time"));
    for (const auto& from : {not_before, issued})
        if (from && *from > now + skew)
            return fail(ErrorCode::kSubjectTokenNotYetValid,
                        "it is valid from " + at(*from) + ", in " + span(*from - now));
    auto& facts = token.facts;
    facts.issued_at = to_unix(issued.value_or(now));
    // What is over and taken by the skew is over for what comes of it as well.
    facts.expires_at = to_unix(*expires > now ? *expires : *expires + skew);
    facts.auth_time = authenticated ? to_unix(*authenticated) : 0;
    if (presented.use == Use::kGrant)
        CAMBIST_CHECK(check_age(token, token.issuer->assertion_max_age, issued, *expires, now));
    CAMBIST_CHECK(check_max_age(token, issued, *expires, now));
    const auto& most = token.issuer->max_lifetime;
    if (most && *expires - now > *most + skew)
        CAMBIST_CHECK(object(token, ErrorCode::kForeignTooLong,
                             "it ends in " + span(*expires - now) + ", at most " + span(*most)));
    return check_single_use(presented, *expires, now, token);
}

Status check_demands(const PresentedToken& /*presented*/, CheckedForeign& token) {
    const auto& issuer = *token.issuer;
    CAMBIST_CHECK(check_pod(token));
    CAMBIST_CHECK(check_spiffe_id(token));
    const auto& parties = issuer.authorized_parties;
    const auto party = authorized_party(token.claims);
    if (!parties.empty() && std::ranges::find(parties, party) == parties.end())
        CAMBIST_CHECK(object(token, ErrorCode::kForeignParty,
                             (party.empty() ? "it does not say to which client it was issued"
                                            : "it was issued to client " + quoted(party)) +
                                 ", must be " + join(parties, " or ")));
    for (const auto& test : issuer.require)
        if (!passes(test, token.claims))
            CAMBIST_CHECK(object(token, ErrorCode::kForeignClaim, explain(test, token.claims)));
    return {};
}

Status read_rights(const PresentedToken& presented, CheckedForeign& token) {
    if (presented.use == Use::kClient) return {};
    CAMBIST_CHECK(read_delegation(token));
    CAMBIST_CHECK(read_binding_key(token));
    read_scopes(token);
    return {};
}

}  // namespace cambist::issuers
