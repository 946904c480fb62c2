// SPDX-License-Identifier: Apache-2.0
#include "tokens/own_tokens.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "claims/claims.h"
#include "crypto/digest.h"
#include "identity/origin.h"
#include "jose/jws.h"
#include "keys/ring.h"
#include "sessions/families.h"
#include "sessions/short_id.h"
#include "tokens/api_keys.h"
#include "tokens/hidden_actors.h"
#include "tokens/inspect.h"
#include "tokens/opaque.h"
#include "tokens/sealed_details.h"

namespace cambist::tokens {
namespace {

std::string at(std::int64_t seconds) { return to_iso8601(from_unix(seconds)); }

std::string quoted(std::string_view text) { return "'" + printable(text) + "'"; }

// E6, E32 of the error catalogue: who sent a token of another server is told so, and not that its
// signature is wrong. Nothing of what is peeked at is believed.
std::optional<Error> explain_issuer(const realms::Snapshot& realm, std::string_view issuer) {
    if (issuer == realm.issuer) return std::nullopt;
    std::string hint = "iss is " + quoted(issuer) + ", expected " + quoted(realm.issuer);
    const auto path = "/realms/" + realm.realm->name.text();
    if (issuer.ends_with(path)) {
        hint +=
            ": the same realm under another host name; set the realm's frontendUrl, or get the "
            "token by the same name";
    } else if (issuer.ends_with(path + "/")) {
        hint += ": a slash too many at the end";
    }
    return Error{ErrorCode::kSubjectTokenIssuer, {}, std::move(hint), {}};
}

Error explain_shape(std::string_view text) {
    if (text.find_first_of(" \t\r\n") != std::string_view::npos) {
        return {ErrorCode::kSubjectTokenMalformed,
                {},
                "there is white space or a line break in it; send the token as it was issued",
                {}};
    }
    if (text.starts_with("eyJ") && std::ranges::count(text, '.') == 2) {
        return {ErrorCode::kSubjectTokenMalformed,
                {},
                "it begins like a JWT but is cut off or was changed",
                {}};
    }
    return {ErrorCode::kSubjectTokenNotAJwt, {}, "it looks like " + describe_shape(text), {}};
}

// Why the signature could not be accepted, in the words of a subject token.
Error explain(const realms::Snapshot& realm, std::string_view text, Error error) {
    const auto peeked = jose::peek_compact(text);
    if (!peeked) {
        const bool is_compact = jose::split_compact(text).has_value();
        return is_compact ? Error{ErrorCode::kSubjectTokenMalformed, {}, peeked.error().hint, {}}
                          : explain_shape(text);
    }
    const auto* issuer = peeked->claims.find_string("iss");
    if (issuer != nullptr) {
        if (auto other = explain_issuer(realm, *issuer)) return *std::move(other);
    }
    switch (error.code) {
        case ErrorCode::kTokenAlgorithm:
            error.code = ErrorCode::kSubjectTokenAlgorithm;
            error.hint =
                "alg is " + quoted(peeked->header.alg) + ", which is not what the key signs with";
            break;
        case ErrorCode::kTokenSignature:
            error.code = ErrorCode::kSubjectTokenSignature;
            error.hint = "key " + quoted(peeked->header.kid) +
                         " did not sign this; the token was changed on its way";
            break;
        case ErrorCode::kTokenMalformed:
            error.code = ErrorCode::kSubjectTokenMalformed;
            break;
        default:
            break;
    }
    return error;
}

Result<jose::VerificationKey> find_key(const keys::KeyRing& keys, const jose::Header& header) {
    if (!header.algorithm) {
        return fail(ErrorCode::kSubjectTokenAlgorithm,
                    "alg is " + quoted(header.alg) + ", which is never accepted");
    }
    const auto* key = keys.find_for_verification(header.kid);
    if (key == nullptr) {
        return fail(ErrorCode::kSubjectTokenKeyUnknown,
                    header.kid.empty() ? "its header has no kid"
                                       : "no enabled key has the kid " + quoted(header.kid));
    }
    if (*header.algorithm != key->algorithm) {
        return fail(ErrorCode::kSubjectTokenAlgorithm, "alg is " + quoted(header.alg) +
                                                           ", which is not what key " +
                                                           quoted(header.kid) + " signs with");
    }
    return *key;
}

std::unexpected<Error> revoked(std::string_view whose, std::int64_t not_before,
                               std::int64_t issued_at) {
    return fail(ErrorCode::kSubjectTokenRevoked, "it was issued at " + at(issued_at) +
                                                     ", before the not-before of the " +
                                                     std::string(whose) + ", " + at(not_before));
}

Status check_holder(const realms::Snapshot& realm, const TokenFacts& facts) {
    if (facts.issued_at < realm.realm->not_before) {
        return revoked("realm", realm.realm->not_before, facts.issued_at);
    }
    const auto* holder = realm.realm->find_client(facts.holder.text());
    if (holder == nullptr || !holder->enabled) {
        return fail(ErrorCode::kSubjectTokenClientDisabled,
                    "client " + quoted(facts.holder.text()) +
                        (holder == nullptr ? " does not exist" : " is disabled"));
    }
    if (facts.issued_at < holder->not_before) {
        return revoked("client " + quoted(facts.holder.text()), holder->not_before,
                       facts.issued_at);
    }
    return {};
}

std::vector<std::string> subjects_of(const std::vector<Actor>& actors) {
    std::vector<std::string> subjects;
    subjects.reserve(actors.size());
    for (const auto& actor : actors) subjects.push_back(actor.sub);
    return subjects;
}

Status check_revocations(const sessions::Revocations& revocations, const realms::Snapshot& realm,
                         const CheckedToken& token) {
    if (revocations.size() == 0) return {};
    const auto covered =
        revocations.covers(realm.realm->name.text(), token.facts, subjects_of(token.actors));
    if (!covered) return {};
    const auto code = covered->kind == RevocationKind::kSession ? ErrorCode::kSubjectSessionEnded
                                                                : ErrorCode::kSubjectTokenRevoked;
    return fail(code, "revoked by " + sessions::describe(*covered));
}

bool hides_actor(const std::vector<std::string>& xp) {
    static const std::string kMark = sessions::hidden_mark();
    return std::ranges::find(xp, kMark) != xp.end();
}

// A token that names an organization is its members' only.
Status check_organizations(const Realm& realm, const std::vector<std::string>& scopes,
                           const Identity& subject) {
    const auto lost = lost_organization(realm, scopes, subject);
    if (lost.empty()) return {};
    return fail(ErrorCode::kSubjectOrganizationLost,
                "user " + quoted(subject.user->username) + " is no member of organization " +
                    quoted(lost) + " any more, or it is disabled");
}

bool is_enabled(const Realm& realm, const ClientId& client) {
    const auto* found = realm.find_client(client.text());
    return found != nullptr && found->enabled;
}

}  // namespace

Result<VerifiedToken> OwnTokens::verify(const realms::Snapshot& realm, std::string_view text,
                                        TokenType declared, TimePoint now) const {
    if (declared == TokenType::kApiKey) return verify_api_key(realm, text, now);
    return verify_as(realm, text, declared, now);
}

Result<VerifiedToken> OwnTokens::verify_any(const realms::Snapshot& realm, std::string_view text,
                                            TimePoint now) const {
    return verify_as(realm, text, std::nullopt, now);
}

Result<VerifiedToken> OwnTokens::verify_family(const realms::Snapshot& realm,
                                               const RefreshFamily& family, std::string hash,
                                               TimePoint now) const {
    CheckedToken token;
    auto& facts = token.facts;
    facts.type = TokenType::kRefreshToken;
    facts.issuer = realm.issuer;
    facts.subject = family.user;
    facts.audience = {family.client.text()};
    facts.holder = family.client;
    facts.scopes = family.scopes;
    facts.cnf = family.cnf;
    facts.is_bound = !family.cnf.empty();
    facts.issued_at = family.created;
    facts.expires_at = family.expires;
    facts.chain_end = family.not_after;
    facts.auth_time = family.auth_time;
    facts.jti = family.id;  // so that the end of the family reaches what comes of it
    facts.session = family.session;
    facts.xid = family.xid;
    facts.xp = family.xp;
    facts.act = family.act;
    facts.may_act = family.may_act;
    facts.hides_actor = hides_actor(family.xp);
    facts.hash = std::move(hash);
    CAMBIST_TRY(token.actors, read_actors(family.act));
    if (facts.expires_at != 0) CAMBIST_CHECK(check_times(token, now));
    CAMBIST_TRY(auto subject, check_live(realm, token, now));
    return VerifiedToken(VerifiedToken::Proof(), std::move(facts), std::move(subject));
}

Result<VerifiedToken> OwnTokens::verify_as(const realms::Snapshot& realm, std::string_view text,
                                           std::optional<TokenType> declared, TimePoint now) const {
    if (declared && sessions::looks_like_refresh_token(text))
        return fail(ErrorCode::kSubjectTypeMismatch,
                    "you sent a refresh token declared as " +
                        std::string(short_name_of(*declared)) + "; send it as " +
                        std::string(urn_of(TokenType::kRefreshToken)) + " if a rule allows that");
    if (declared && looks_like_api_key(text))
        return fail(ErrorCode::kSubjectTypeMismatch,
                    "you sent an API key declared as " + std::string(short_name_of(*declared)) +
                        "; send it as " + std::string(urn_of(TokenType::kApiKey)) +
                        " if a rule allows that");
    CAMBIST_TRY(auto token, check_signature(realm, text));
    CAMBIST_CHECK(check_times(token, now));
    const auto type = type_of(token);
    CAMBIST_CHECK(
        check_declared_type(token, declared.value_or(type.value_or(TokenType::kAccessToken))));
    CAMBIST_CHECK(resolve_pairwise(realm, token.facts, now));
    CAMBIST_TRY(auto subject, check_live(realm, token, now));
    token.facts.type = declared.value_or(*type);
    token.facts.hides_actor = hides_actor(token.facts.xp);
    return VerifiedToken(VerifiedToken::Proof(), std::move(token.facts), std::move(subject));
}

Result<VerifiedToken> OwnTokens::verify_login(const realms::Snapshot& realm, std::string_view text,
                                              TimePoint now) const {
    CAMBIST_TRY(auto token, check_signature(realm, text));
    token.facts.expires_at = std::max(token.facts.expires_at, to_unix(now) + 1);
    CAMBIST_CHECK(check_times(token, now));
    CAMBIST_CHECK(check_declared_type(token, TokenType::kIdToken));
    CAMBIST_CHECK(resolve_pairwise(realm, token.facts, now));
    CAMBIST_TRY(auto subject, check_live(realm, token, now));
    token.facts.type = TokenType::kIdToken;
    token.facts.expires_at = 0;
    token.facts.hides_actor = hides_actor(token.facts.xp);
    return VerifiedToken(VerifiedToken::Proof(), std::move(token.facts), std::move(subject));
}

Result<VerifiedToken> OwnTokens::verify_api_key(const realms::Snapshot& realm,
                                                std::string_view text, TimePoint now) const {
    CAMBIST_TRY(auto token, find_api_key(realm, text));
    if (token.facts.expires_at != 0) CAMBIST_CHECK(check_times(token, now));
    CAMBIST_CHECK(check_revocations(revocations_, realm, token));
    if (token.facts.issued_at < realm.realm->not_before)
        return revoked("realm", realm.realm->not_before, token.facts.issued_at);
    CAMBIST_TRY(auto subject, check_subject(realm, token.facts, now));
    return VerifiedToken(VerifiedToken::Proof(), std::move(token.facts), std::move(subject));
}

Result<TokenFacts> OwnTokens::recognise(const realms::Snapshot& realm,
                                        std::string_view text) const {
    CAMBIST_TRY(auto token, check_signature(realm, text));
    return std::move(token.facts);
}

Result<CheckedToken> OwnTokens::read(const realms::Snapshot& realm, const jose::Header& header,
                                     std::string payload) const {
    CAMBIST_TRY(auto token, read_claims(header, std::move(payload)));
    if (!token.hidden.empty())
        CAMBIST_CHECK(reveal_actors(box_, realm.realm->name.text(), token.hidden, token));
    return token;
}

Result<CheckedToken> OwnTokens::check_signature(const realms::Snapshot& realm,
                                                std::string_view text) const {
    if (text.size() > jose::kMaxCompactBytes) {
        return fail(ErrorCode::kSubjectTokenTooLong, std::to_string(text.size()) +
                                                         " bytes, at most " +
                                                         std::to_string(jose::kMaxCompactBytes));
    }
    auto hash = crypto::sha256_base64url(text);
    if (looks_like_opaque_token(text)) return find_reference(realm, text, std::move(hash));
    const auto& name = realm.realm->name.text();
    if (const auto known = cache_ == nullptr ? nullptr : cache_->find(name, hash)) {
        // The key may have been disabled, and the realm renamed its host, since then.
        const auto* key = realm.keys->find_for_verification(known->kid);
        const bool is_good =
            key != nullptr && key->key.id() == known->key && known->facts.issuer == realm.issuer;
        if (is_good) return *known;
    }
    std::uint64_t key_id = 0;
    auto verified = jose::verify_compact(
        text, [&](const jose::Header& header) -> Result<jose::VerificationKey> {
            auto key = find_key(*realm.keys, header);
            if (key) key_id = key->key.id();
            return key;
        });
    if (!verified) return std::unexpected(explain(realm, text, std::move(verified).error()));
    CAMBIST_TRY(auto token, read(realm, verified->header, std::move(verified->payload)));
    if (auto other = explain_issuer(realm, token.facts.issuer)) {
        return std::unexpected(*std::move(other));
    }
    token.key = key_id;
    token.facts.hash = std::move(hash);
    if (cache_ != nullptr) cache_->put(name, std::make_shared<const CheckedToken>(token));
    return token;
}

Result<CheckedToken> OwnTokens::find_reference(const realms::Snapshot& realm, std::string_view text,
                                               std::string hash) const {
    auto found = std::optional<ReferenceToken>();
    if (references_ != nullptr) {
        CAMBIST_TRY(found, references_->find(realm.realm->name.text(), hash));
    }
    if (!found)
        return fail(ErrorCode::kSubjectTokenUnknown,
                    "it looks like an opaque access token of this server (" +
                        std::to_string(text.size()) +
                        " characters), but it has expired, is of another realm, or was changed");
    CAMBIST_TRY(auto token, read(realm, jose::Header{}, std::move(found->claims)));
    if (auto other = explain_issuer(realm, token.facts.issuer))
        return std::unexpected(*std::move(other));
    token.is_opaque = true;
    token.facts.hash = std::move(hash);
    return token;
}

Result<std::shared_ptr<const Identity>> OwnTokens::check_live(const realms::Snapshot& realm,
                                                              const CheckedToken& token,
                                                              TimePoint now) const {
    CAMBIST_CHECK(check_revocations(revocations_, realm, token));
    CAMBIST_CHECK(check_holder(realm, token.facts));
    CAMBIST_CHECK(check_session(realm, token.facts, now));
    CAMBIST_TRY(auto subject, check_subject(realm, token.facts, now));
    CAMBIST_CHECK(check_organizations(*realm.realm, token.facts.scopes, *subject));
    CAMBIST_CHECK(check_links(realm, token.actors, now));
    return subject;
}

// The session knows the user; he is the subject if one of the parties that the token names knows
// him by this identifier. Whatever else `sub` says is left for the checks that follow.
Status OwnTokens::resolve_pairwise(const realms::Snapshot& realm, TokenFacts& facts,
                                   TimePoint now) const {
    if (!realm.claims->has_pairwise() || facts.session.empty()) return {};
    CAMBIST_TRY(const auto session, sessions_.find_live(*realm.realm, facts.session, now));
    if (!session || session->user == facts.subject) return {};
    const auto knows = [&](const std::string& name) {
        const auto* client = realm.realm->find_client(name);
        return client != nullptr &&
               realm.claims->pairwise_subject(*client, session->user) == facts.subject.text();
    };
    if (knows(facts.holder.text()) || std::ranges::any_of(facts.audience, knows))
        facts.subject = session->user;
    return {};
}

Status OwnTokens::check_session(const realms::Snapshot& realm, const TokenFacts& facts,
                                TimePoint now) const {
    if (facts.session.empty()) return {};
    CAMBIST_TRY(const auto session, sessions_.find_live(*realm.realm, facts.session, now));
    if (!session) {
        return fail(ErrorCode::kSubjectSessionEnded,
                    "session " + facts.session.text() +
                        " was ended by log-out, idled too long or is over age");
    }
    // A session id can never lead to somebody else's session.
    if (session->user != facts.subject || facts.issued_at < session->started) {
        return fail(ErrorCode::kSubjectSessionEnded,
                    "session " + facts.session.text() + " is not the one of the token");
    }
    return {};
}

Result<std::shared_ptr<const Identity>> OwnTokens::check_subject(const realms::Snapshot& realm,
                                                                 const TokenFacts& facts,
                                                                 TimePoint now) const {
    CAMBIST_TRY(auto subject, identities_.find(*realm.realm, realm.version, facts.subject));
    // Whoever came from a trusted issuer without a user here is known by our own signature, and so
    // is what was noted of somebody else's log-in there.
    std::optional<identity::Origin> origin;
    if (subject == nullptr)
        origin = identity::origin_of(facts.claims);
    else if (has_details(facts.claims))
        origin.emplace();
    if (origin) {
        CAMBIST_CHECK(open_details(box_, realm.realm->name.text(), facts.claims, *origin));
        subject = subject == nullptr
                      ? identity::find_origin(*realm.realm, *origin, facts.subject, now)
                      : identity::with_notes(std::move(subject), origin->notes);
    }
    if (subject == nullptr || !subject->user->enabled) {
        return fail(ErrorCode::kSubjectDisabled,
                    "user " + quoted(facts.subject.text()) +
                        (subject == nullptr ? " does not exist" : " is disabled"));
    }
    if (facts.issued_at < subject->user->not_before) {
        return revoked("user", subject->user->not_before, facts.issued_at);
    }
    if (subject->is_service_account() &&
        !is_enabled(*realm.realm, subject->user->service_account_of)) {
        return fail(ErrorCode::kSubjectDisabled,
                    "it is the service account of client " +
                        quoted(subject->user->service_account_of.text()) +
                        ", which is disabled or gone");
    }
    return subject;
}

Status OwnTokens::check_actors(const realms::Snapshot& realm, const RefreshFamily& family,
                               TimePoint now) const {
    if (family.act.empty()) return {};
    CAMBIST_TRY(const auto actors, read_actors(family.act));
    const auto covered = revocations_.covers(realm.realm->name.text(), family, subjects_of(actors));
    if (covered)
        return fail(ErrorCode::kRefreshActorGone, "revoked by " + sessions::describe(*covered));
    auto checked = check_links(realm, actors, now);
    if (!checked && checked.error().code == ErrorCode::kSubjectTokenRevoked)
        return fail(ErrorCode::kRefreshActorGone, checked.error().hint);
    return checked;
}

// Whoever acts must still be allowed to be here; links of other issuers are history only.
Status OwnTokens::check_links(const realms::Snapshot& realm, const std::vector<Actor>& actors,
                              TimePoint now) const {
    for (const auto& actor : actors) {
        if (!actor.issuer.empty() && actor.issuer != realm.issuer) continue;
        CAMBIST_TRY(const bool enabled, is_enabled_actor(realm, actor));
        if (!enabled)
            return fail(ErrorCode::kSubjectTokenRevoked,
                        "actor " + quoted(actor.sub) + " of its chain is disabled or gone");
        if (actor.session.empty()) continue;
        CAMBIST_TRY(const auto session,
                    sessions_.find_live(*realm.realm, SessionId(actor.session), now));
        if (!session)
            return fail(ErrorCode::kSubjectTokenRevoked,
                        "actor " + quoted(actor.sub) + " of its chain has logged out");
    }
    return {};
}

Result<bool> OwnTokens::is_enabled_actor(const realms::Snapshot& realm, const Actor& actor) const {
    const bool is_client = !actor.client_id.empty();
    if (is_client && !is_enabled(*realm.realm, ClientId(actor.client_id))) return false;
    // A client that acted without a token is named by its identifier.
    if (is_client && actor.sub == actor.client_id) return true;
    CAMBIST_TRY(const auto user, identities_.find(*realm.realm, realm.version, UserId(actor.sub)));
    return user != nullptr && user->user->enabled;
}

}  // namespace cambist::tokens
