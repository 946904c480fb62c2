// SPDX-License-Identifier: Apache-2.0
#include "tokens/checked_token.h"

#include <utility>

#include "base/text.h"
#include "jose/claims.h"
#include "json/parse.h"
#include "json/value.h"
#include "tokens/jti.h"

namespace cambist::tokens {
namespace {

std::unexpected<Error> wrong(std::string_view claim, std::string_view what) {
    return fail(ErrorCode::kSubjectTokenClaims,
                "claim '" + std::string(claim) + "' " + std::string(what));
}

// The same failure in the words of a subject token.
std::unexpected<Error> as_subject(Error error) {
    error.code = ErrorCode::kSubjectTokenClaims;
    return std::unexpected(std::move(error));
}

// NumericDate as we write it: RFC 7519 would allow fractions, we never issue them.
Result<std::int64_t> date_or(const json::Value& claims, std::string_view name,
                             std::int64_t absent) {
    const auto* value = claims.find(name);
    if (value == nullptr) return absent;
    const auto seconds = value->if_int64();
    if (!seconds || *seconds < 0) return wrong(name, "must be a whole number of seconds");
    return *seconds;
}

Result<std::int64_t> date(const json::Value& claims, std::string_view name) {
    if (claims.find(name) == nullptr) return wrong(name, "is missing");
    return date_or(claims, name, 0);
}

Result<std::string> text_or_empty(const json::Value& claims, std::string_view name) {
    const auto* value = claims.find(name);
    if (value == nullptr) return std::string();
    const auto* text = value->if_string();
    if (text == nullptr) return wrong(name, "must be a string");
    return *text;
}

Result<std::string> text(const json::Value& claims, std::string_view name) {
    CAMBIST_TRY(auto value, text_or_empty(claims, name));
    if (value.empty()) return wrong(name, "is missing or empty");
    return value;
}

Result<std::vector<std::string>> texts(const json::Value& claims, std::string_view name) {
    auto values = jose::strings_claim(claims, name);
    if (!values) return as_subject(std::move(values).error());
    return *std::move(values);
}

// RFC 8693 section 4.1: times, audience and rights have no meaning in an actor. We write none, so
// a token with them is none of ours.
Status check_is_identity(const json::Value& actor) {
    for (const auto* name : {"exp", "nbf", "iat", "aud", "scope"})
        if (actor.find(name) != nullptr)
            return wrong("act", "says more than who acts: " + std::string(name));
    return {};
}

// RFC 8693 section 4.1: every link an object that says who.
Result<std::vector<Actor>> read_chain(const json::Value& act) {
    std::vector<Actor> chain;
    for (const auto* link = &act; link != nullptr; link = link->find("act")) {
        if (!link->is_object()) return wrong("act", "must be an object at every level");
        Actor actor;
        CAMBIST_TRY(actor.sub, text_or_empty(*link, "sub"));
        CAMBIST_TRY(actor.client_id, text_or_empty(*link, "client_id"));
        CAMBIST_TRY(actor.issuer, text_or_empty(*link, "iss"));
        CAMBIST_TRY(actor.session, text_or_empty(*link, "sid"));
        if (actor.sub.empty()) return wrong("act", "must name its sub at every level");
        CAMBIST_CHECK(check_is_identity(*link));
        chain.push_back(std::move(actor));
    }
    return chain;
}

Status read_delegation(const json::Value& claims, CheckedToken& token) {
    if (const auto* act = claims.find("act")) {
        CAMBIST_TRY(token.actors, read_chain(*act));
        token.facts.act = act->to_text();
    }
    if (const auto* may_act = claims.find("may_act")) {
        if (!may_act->is_object()) return wrong("may_act", "must be an object");
        token.facts.may_act = may_act->to_text();
    }
    if (const auto* cnf = claims.find("cnf")) {
        if (!cnf->is_object()) return wrong("cnf", "must be an object");
        token.facts.is_bound = true;
        token.facts.cnf = read_confirmation(*cnf);
    }
    return {};
}

Status read_parties(const json::Value& claims, TokenFacts& facts) {
    CAMBIST_TRY(facts.issuer, text(claims, "iss"));
    CAMBIST_TRY(auto subject, text(claims, "sub"));
    facts.subject = UserId(std::move(subject));
    CAMBIST_TRY(auto holder, text_or_empty(claims, "azp"));
    facts.holder = ClientId(std::move(holder));
    CAMBIST_TRY(auto session, text_or_empty(claims, "sid"));
    facts.session = SessionId(std::move(session));
    CAMBIST_TRY(facts.audience, texts(claims, "aud"));
    CAMBIST_TRY(const auto scope, text_or_empty(claims, "scope"));
    if (!scope.empty()) {
        auto scopes = parse_scope(scope);
        if (!scopes) return wrong("scope", "must be words with one space between");
        facts.scopes = *std::move(scopes);
    }
    return {};
}

Status read_times_and_ids(const json::Value& claims, CheckedToken& token) {
    auto& facts = token.facts;
    CAMBIST_TRY(facts.expires_at, date(claims, "exp"));
    CAMBIST_TRY(facts.issued_at, date(claims, "iat"));
    CAMBIST_TRY(facts.auth_time, date_or(claims, "auth_time", 0));
    CAMBIST_TRY(facts.chain_end, date_or(claims, "xexp", 0));
    CAMBIST_TRY(token.not_before, date_or(claims, "nbf", 0));
    CAMBIST_TRY(facts.jti, text(claims, "jti"));
    CAMBIST_TRY(facts.acr, text_or_empty(claims, "acr"));
    CAMBIST_TRY(facts.xid, text_or_empty(claims, "xid"));
    CAMBIST_TRY(facts.xp, texts(claims, "xp"));
    CAMBIST_TRY(facts.device_hash, text_or_empty(claims, "ds_hash"));
    CAMBIST_TRY(token.hidden, text_or_empty(claims, "xact"));
    return {};
}

std::string_view words_of(std::string_view kind) {
    if (kind == "Bearer") return "an access token";
    if (kind == "ID") return "an ID token";
    if (kind == "Refresh" || kind == "Offline") return "a refresh token";
    if (kind == "Logout") return "a logout token";
    return "a token of another kind";
}

}  // namespace

Result<CheckedToken> read_claims(const jose::Header& header, std::string payload) {
    auto claims = jose::parse_claims(payload);
    if (!claims) return as_subject(std::move(claims).error());
    CheckedToken token;
    CAMBIST_CHECK(read_parties(*claims, token.facts));
    CAMBIST_CHECK(read_times_and_ids(*claims, token));
    CAMBIST_CHECK(read_delegation(*claims, token));
    CAMBIST_TRY(token.kind, text_or_empty(*claims, "typ"));
    token.is_at_jwt = jose::typ_is(header, "at+jwt");
    token.is_plain_jwt = header.typ.empty() || jose::typ_is(header, "JWT");
    token.kid = header.kid;
    token.facts.is_lightweight = token_of_jti(token.facts.jti) == JtiToken::kLightweight;
    token.facts.claims = std::move(payload);
    return token;
}

Result<std::vector<Actor>> read_actors(const std::string& act) {
    if (act.empty()) return std::vector<Actor>();
    CAMBIST_TRY(const auto chain, json::parse(act, {}, json::Positions::kNone));
    return read_chain(chain);
}

Status check_times(const CheckedToken& token, TimePoint now) {
    const auto seconds = to_unix(now);
    const auto exp = token.facts.expires_at;
    if (exp <= seconds) {
        return fail(ErrorCode::kSubjectTokenExpired,
                    "it expired " + std::to_string(seconds - exp) + " s ago, at " +
                        to_iso8601(from_unix(exp)) + "; get a fresh one and send it at once");
    }
    if (token.not_before > seconds) {
        return fail(ErrorCode::kSubjectTokenNotYetValid,
                    "it is valid in " + std::to_string(token.not_before - seconds) + " s, from " +
                        to_iso8601(from_unix(token.not_before)));
    }
    return {};
}

std::optional<TokenType> type_of(const CheckedToken& token) {
    if (token.kind == "Bearer" && (token.is_plain_jwt || token.is_at_jwt)) {
        return TokenType::kAccessToken;
    }
    if (token.kind == "ID" && token.is_plain_jwt) return TokenType::kIdToken;
    return std::nullopt;
}

Status check_declared_type(const CheckedToken& token, TokenType declared) {
    const auto type = type_of(token);
    // RFC 8693 section 3: an access token of ours is also "a JWT", unless it is none.
    const auto expected = declared == TokenType::kJwt ? TokenType::kAccessToken : declared;
    if (type == expected && !(token.is_opaque && declared == TokenType::kJwt)) return {};
    if (token.is_opaque)
        return fail(ErrorCode::kSubjectTypeMismatch,
                    "you sent an opaque access token declared as " +
                        std::string(short_name_of(declared)) + "; send it as " +
                        std::string(urn_of(TokenType::kAccessToken)) + " if the rule allows that");
    std::string hint = "you sent " + std::string(words_of(token.kind)) + " (typ '" +
                       printable(token.kind, 32) + "') declared as " +
                       std::string(short_name_of(declared));
    if (type) hint += "; send it as " + std::string(urn_of(*type)) + " if the rule allows that";
    return fail(ErrorCode::kSubjectTypeMismatch, std::move(hint));
}

}  // namespace cambist::tokens
