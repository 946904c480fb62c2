// SPDX-License-Identifier: Apache-2.0
#include "issuers/asked.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/digest.h"
#include "hooks/subject_hook.h"
#include "issuers/named.h"
#include "jose/claims.h"
#include "trust/questions.h"

namespace cambist::issuers {
namespace {

// As long as an answer holds that does not say how long the token lives.
constexpr std::int64_t kUnsaidLife = 60;
// 9999-12-31: realm files name the day on which trust in an older system ends.
constexpr std::int64_t kNoEnd = 253'402'300'799;

std::string quoted(std::string_view text) { return "'" + printable(text, 100) + "'"; }

bool has_keys(const TrustedIssuer& issuer) {
    return !issuer.keys.discovery.empty() || !issuer.keys.jwks_url.empty() ||
           !issuer.keys.jwks.empty();
}

// Also one that is no good: what claims to be proved by keys is not shown to anybody instead.
bool looks_like_jwt(std::string_view text) {
    return text.starts_with("eyJ") && std::ranges::count(text, '.') == 2;
}

bool must_ask(const TrustedIssuer& issuer, std::string_view text) {
    switch (issuer.kind) {
        case IssuerKind::kIntrospection:
        case IssuerKind::kHook:
        case IssuerKind::kLegacyRefresh:
            return true;
        case IssuerKind::kOidc:
            return !looks_like_jwt(text);
        case IssuerKind::kKeycloakV1:
            return !has_keys(issuer) || !looks_like_jwt(text);
        case IssuerKind::kJwt:
        case IssuerKind::kSaml2:
            break;
    }
    return false;
}

bool takes_custom(const TrustedIssuer& issuer, const PresentedToken& presented) {
    return presented.declared != TokenType::kCustom ||
           std::ranges::find(issuer.custom_types, presented.custom_type) !=
               issuer.custom_types.end();
}

// Only where the realm says so: it tells less than introspection does.
bool asks_userinfo(const TrustedIssuer& issuer) {
    if (issuer.kind == IssuerKind::kKeycloakV1) return issuer.endpoints.introspection.empty();
    return issuer.kind == IssuerKind::kOidc && !issuer.endpoints.userinfo.empty();
}

trust::Credentials credentials_of(const TrustedIssuer& issuer) {
    return {issuer.endpoints.client_id, issuer.endpoints.client_secret.get(), false};
}

// Two of Keycloak's identity providers for one issuer: only its alias says which is meant.
Status check_alone(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                   const PresentedToken& presented, TimePoint now) {
    if (presented.issuer == issuer.alias) return {};
    for (const auto& iss : issuer.issuers)
        for (const auto* other : realm.realm->issuers_of(iss))
            if (other != &issuer && must_ask(*other, presented.text) &&
                check_usable(*other, presented, now))
                return must_name_one(issuer, *other);
    return {};
}

// What the answer leaves out holds for a short while; what it names must be one of the issuer's.
Status complete(const TrustedIssuer& issuer, TimePoint now, json::Value& claims) {
    if (const auto* iss = claims.find("iss")) {
        const auto* text = iss->if_string();
        if (text == nullptr || !is_called(issuer, *text) || *text == issuer.alias)
            return fail(ErrorCode::kForeignTokenUnanswered,
                        "the answer speaks of a token of another issuer");
    }
    if (claims.find("exp") == nullptr) claims.set("exp", to_unix(now) + kUnsaidLife);
    return {};
}

std::vector<std::string> wanted(const PresentedToken& presented, std::string_view name) {
    if (presented.form == nullptr) return {};
    std::vector<std::string> values;
    for (const auto value : presented.form->all(name)) values.emplace_back(value);
    return values;
}

}  // namespace

const TrustedIssuer* AskedTokens::find(const realms::Snapshot& realm,
                                       const PresentedToken& presented, TimePoint now) {
    if (!presented.issuer.empty() || presented.declared == TokenType::kCustom) {
        const TrustedIssuer* first = nullptr;  // one may be about another type of its tokens
        for (const auto& one : realm.realm->issuers) {
            const bool is_it = (presented.issuer.empty() || is_called(*one, presented.issuer)) &&
                               takes_custom(*one, presented) && must_ask(*one, presented.text);
            if (!is_it) continue;
            if (check_usable(*one, presented, now)) return one.get();
            if (first == nullptr) first = one.get();
        }
        return first;
    }
    const auto peeked = jose::peek_compact(presented.text);
    if (!peeked) return nullptr;
    const auto* iss = peeked->claims.find_string("iss");
    if (iss == nullptr) return nullptr;
    for (const auto* issuer : realm.realm->issuers_of(*iss))
        if (must_ask(*issuer, presented.text)) return issuer;
    return nullptr;
}

Result<std::string> AskedTokens::endpoint(const TrustedIssuer& issuer,
                                          const std::string& configured,
                                          std::string trust::ProviderMetadata::* published,
                                          std::string_view name) const {
    if (!configured.empty()) return configured;
    if (parts_.discovery == nullptr || issuer.issuers.empty())
        return fail(ErrorCode::kForeignTokenUnanswered,
                    "the issuer has no " + std::string(name) + " (endpoints)");
    const auto metadata = parts_.discovery->of(issuer.issuers.front());
    if (!metadata)
        return fail(ErrorCode::kForeignTokenUnanswered,
                    "where its " + std::string(name) + " is could not be discovered" +
                        trust::why_busy(metadata.error()),
                    metadata.error().describe());
    auto url = (**metadata).*published;
    if (url.empty())
        return fail(ErrorCode::kForeignTokenUnanswered,
                    "its metadata name no " + std::string(name));
    return url;
}

Result<json::Value> AskedTokens::introspect(const TrustedIssuer& issuer,
                                            std::string_view text) const {
    CAMBIST_TRY(const auto url, endpoint(issuer, issuer.endpoints.introspection,
                                         &trust::ProviderMetadata::introspection_endpoint,
                                         "introspection endpoint"));
    return trust::introspect(parts_.remote, url, credentials_of(issuer), text);
}

// Userinfo tells who, and seldom for whom: a token that any other client was given would do as
// well. So the answer must name the audience, as check_vouched() demands.
Result<json::Value> AskedTokens::userinfo(const TrustedIssuer& issuer,
                                          std::string_view text) const {
    CAMBIST_TRY(const auto url,
                endpoint(issuer, issuer.endpoints.userinfo,
                         &trust::ProviderMetadata::userinfo_endpoint, "userinfo endpoint"));
    return trust::userinfo(parts_.remote, url, text);
}

Result<json::Value> AskedTokens::ask_hook(const realms::Snapshot& realm,
                                          const TrustedIssuer& issuer,
                                          const PresentedToken& presented, TimePoint now) const {
    hooks::SubjectQuestion question;
    question.id = make_uuid(parts_.random);
    question.at = to_unix(now);
    question.realm = realm.realm->name.text();
    question.issuer = issuer.alias;
    question.token_type =
        std::string(presented.declared == TokenType::kCustom ? presented.custom_type
                                                             : urn_of(presented.declared));
    question.token = presented.text;
    question.requester = std::string(presented.client);
    question.audiences = wanted(presented, "audience");
    question.resources = wanted(presented, "resource");
    if (auto scopes = wanted(presented, "scope"); !scopes.empty())
        question.scopes = parse_scope(scopes.front()).value_or(std::vector<std::string>{});
    const hooks::Sign sign = [&](std::string claims) {
        return parts_.sign(realm, std::move(claims));
    };
    CAMBIST_TRY(auto claims, hooks::ask_subject_hook({parts_.remote, realm.issuer, sign},
                                                     issuer.endpoints.hook, question));
    // The hook was told who asks and for what: whom the token is for is its judgement.
    if (claims.find("aud") == nullptr)
        claims.set("aud", issuer.audience.front() == TrustedIssuer::kOurselves
                              ? json::Value(realm.issuer)
                          : issuer.audience.front() == TrustedIssuer::kRequester
                              ? json::Value(std::string(presented.client))
                              : json::Value(issuer.audience.front()));
    return claims;
}

// An older system's refresh token is used up there: it can not be given back when the exchange is
// refused further on, and is taken here as well, with the issue.
Result<CheckedForeign> AskedTokens::use_up(const realms::Snapshot& realm,
                                           const TrustedIssuer& issuer,
                                           const PresentedToken& presented, TimePoint now) const {
    CAMBIST_TRY(const auto url,
                endpoint(issuer, issuer.endpoints.token, &trust::ProviderMetadata::token_endpoint,
                         "token endpoint"));
    const auto hash = crypto::sha256_base64url(presented.text);
    const auto token_name = realm.realm->name.text() + '\n' + issuer.alias + '\n' + hash;
    CAMBIST_CHECK(uses_.begin(token_name, now));
    auto used =
        trust::use_refresh_token(parts_.remote, url, credentials_of(issuer), presented.text);
    uses_.end(token_name, used.has_value(), now);
    CAMBIST_TRY(const auto answer, std::move(used));
    for (const auto* name : {"id_token", "access_token"}) {
        const auto* text = answer.find_string(name);
        if (text == nullptr || !jose::split_compact(*text)) continue;
        CAMBIST_TRY(auto verified, verify_of(issuer, parts_.keys, *text));
        auto claims = jose::parse_claims(verified.payload);
        if (!claims) return fail(ErrorCode::kSubjectTokenClaims, claims.error().hint);
        auto inner = presented;
        inner.text = *text;
        inner.declared =
            name == std::string_view("id_token") ? TokenType::kIdToken : TokenType::kAccessToken;
        CAMBIST_TRY(auto token,
                    check_vouched(realm, issuer, inner, verified.header, *std::move(claims), now));
        token.facts.type = presented.declared;
        token.facts.hash = hash;
        token.foreign.one_time = hash;
        // As long as it could come again: not every older system uses its tokens up.
        token.foreign.one_time_until = issuer.until.value_or(kNoEnd);
        return token;
    }
    return fail(ErrorCode::kForeignTokenUnanswered,
                "the older system gave no token that says whose it is");
}

Result<CheckedForeign> AskedTokens::check(const realms::Snapshot& realm,
                                          const TrustedIssuer& issuer,
                                          const PresentedToken& presented, TimePoint now) const {
    CAMBIST_CHECK(check_usable(issuer, presented, now));
    CAMBIST_CHECK(check_alone(realm, issuer, presented, now));
    if (issuer.kind == IssuerKind::kLegacyRefresh) return use_up(realm, issuer, presented, now);
    auto said = issuer.kind == IssuerKind::kHook ? ask_hook(realm, issuer, presented, now)
                : asks_userinfo(issuer)          ? userinfo(issuer, presented.text)
                                                 : introspect(issuer, presented.text);
    if (!said) {
        auto error = std::move(said).error();
        error.hint = "issuer " + quoted(issuer.alias) + ": " + error.hint;
        return std::unexpected(std::move(error));
    }
    CAMBIST_CHECK(complete(issuer, now, *said));
    return check_vouched(realm, issuer, presented, {}, *std::move(said), now);
}

}  // namespace cambist::issuers
