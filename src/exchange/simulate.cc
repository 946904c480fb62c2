// SPDX-License-Identifier: Apache-2.0
#include "exchange/simulate.h"

#include <algorithm>

#include "claims/claims.h"
#include "exchange/foresee.h"
#include "identity/relations.h"
#include "identity/resolve.h"
#include "jose/claims.h"
#include "jose/jws.h"
#include "policy/policy.h"
#include "policy/sentence.h"
#include "sessions/families.h"
#include "tokens/opaque.h"

namespace cambist::exchange {
namespace {

std::string text_of(const json::Value& claims, std::string_view name) {
    const auto* value = claims.find_string(name);
    return value == nullptr ? std::string() : *value;
}

// The claims of an unverified token that a decision looks at.
Result<TokenFacts> facts_of_token(const std::string& token) {
    CAMBIST_TRY(const auto peeked, jose::peek_compact(token));
    const auto& claims = peeked.claims;
    TokenFacts facts;
    facts.issuer = text_of(claims, "iss");
    facts.subject = UserId(text_of(claims, "sub"));
    facts.holder = ClientId(text_of(claims, "azp"));
    facts.jti = text_of(claims, "jti");
    facts.session = SessionId(text_of(claims, "sid"));
    CAMBIST_TRY(facts.audience, jose::strings_claim(claims, "aud"));
    CAMBIST_TRY(facts.scopes, jose::scope_claim(claims, "scope"));
    CAMBIST_TRY(const auto expires, jose::required_date(claims, "exp"));
    facts.expires_at = to_unix(expires);
    if (const auto* end = claims.find("xexp")) facts.chain_end = end->if_int64().value_or(0);
    if (const auto* act = claims.find("act")) facts.act = act->to_text();
    if (const auto* may_act = claims.find("may_act")) facts.may_act = may_act->to_text();
    if (const auto* cnf = claims.find("cnf")) {
        facts.is_bound = true;
        facts.cnf = read_confirmation(*cnf);
    }
    if (text_of(claims, "typ") == "ID") facts.type = TokenType::kIdToken;
    return facts;
}

Result<TokenFacts> facts_of(const Hypothesis& hypothesis, const Realm& realm) {
    const auto type = hypothesis.subject_token_type;
    if (!hypothesis.subject_token.empty()) {
        if (tokens::looks_like_opaque_token(hypothesis.subject_token) ||
            sessions::looks_like_refresh_token(hypothesis.subject_token))
            return fail(ErrorCode::kNotFound,
                        "this token says nothing by itself; name its user with --subject and say "
                        "its --subject-token-type");
        CAMBIST_TRY(auto facts, facts_of_token(hypothesis.subject_token));
        facts.type = type.value_or(facts.type);
        return facts;
    }
    TokenFacts facts;
    facts.type = type.value_or(TokenType::kAccessToken);
    // Nothing said: a token that was sent to the requester.
    facts.audience = hypothesis.subject_audience;
    if (facts.audience.empty() && hypothesis.subject_client.empty())
        facts.audience.push_back(hypothesis.requester);
    facts.holder = ClientId(hypothesis.subject_client);
    // Its own client only may present a refresh token.
    if (facts.type == TokenType::kRefreshToken) {
        facts.holder = ClientId(hypothesis.requester);
        facts.audience = {hypothesis.requester};
    }
    facts.scopes = hypothesis.subject_scopes;
    facts.cnf = hypothesis.subject_keys;
    facts.is_bound = !facts.cnf.empty();
    facts.expires_at = to_unix(hypothesis.at + realm.lifetimes.access_token);
    facts.session = SessionId("simulated");
    return facts;
}

const User* find_user(const std::vector<User>& users, const std::string& name, const UserId& id) {
    const auto found = std::ranges::find_if(users, [&](const User& user) {
        return name.empty() ? user.id == id : user.username == name;
    });
    return found == users.end() ? nullptr : &*found;
}

Result<Identity> identity_of(const Realm& realm, const std::vector<User>& users,
                             const std::string& name, const TokenFacts& token) {
    const User* user = find_user(users, name, token.subject);
    if (user == nullptr)
        return fail(ErrorCode::kNotFound,
                    name.empty() ? "the realm file has no user with the id of the token; name one "
                                   "instead of sending the token"
                                 : "the realm file has no user '" + name + "'");
    return identity::resolve_identity(realm, *user);
}

// `username:`, `id:` or `email:` and a value, or a value alone: a name, or an id.
Result<Identity> requested_of(const Realm& realm, const std::vector<User>& users,
                              const std::string& requested) {
    const auto colon = requested.find(':');
    const std::string kind = colon == std::string::npos ? "" : requested.substr(0, colon);
    const std::string value = requested.substr(colon == std::string::npos ? 0 : colon + 1);
    std::vector<const User*> found;
    for (const User& user : users) {
        const bool by_name = user.username == (kind == "username" ? value : requested);
        const bool by_id = user.id.text() == (kind == "id" ? value : requested);
        const bool by_email = kind == "email" && user.email == value;
        const bool is_meant =
            (kind != "id" && by_name) || (kind != "username" && by_id) || by_email;
        if (is_meant && user.service_account_of.empty()) found.push_back(&user);
    }
    if (found.empty())
        return fail(ErrorCode::kNotFound, "the realm file has no user '" + requested + "'");
    if (found.size() > 1) return fail(ErrorCode::kRequestedSubjectAmbiguous, requested);
    return identity::resolve_identity(realm, *found.front());
}

std::optional<Session> session_of(const TokenFacts& facts, const Realm& realm, TimePoint at) {
    if (facts.session.empty()) return std::nullopt;
    Session session;
    session.id = facts.session;
    session.user = facts.subject;
    session.started = session.last_access = to_unix(at);
    session.expires = session.started + realm.lifetimes.sso_session_max.count();
    return session;
}

// Everybody in a request that is only thought of, and what their tokens say.
struct Cast {
    Mode mode = Mode::kSameSubject;
    bool naked = false;
    std::optional<TokenFacts> token;
    std::optional<TokenFacts> actor_token;
    std::optional<Identity> subject;
    std::optional<Identity> actor;
    std::optional<Identity> account;  // the requester's
};

Status cast_actor(const Hypothesis& hypothesis, const Realm& realm, const std::vector<User>& users,
                  Cast& cast) {
    Hypothesis of_actor = hypothesis;
    of_actor.subject_token = hypothesis.actor_token;
    of_actor.subject_token_type.reset();
    of_actor.subject_audience.clear();
    of_actor.subject_client.clear();
    of_actor.subject_scopes.clear();
    of_actor.subject_keys = {};
    CAMBIST_TRY(cast.actor_token, facts_of(of_actor, realm));
    CAMBIST_TRY(cast.actor, identity_of(realm, users, hypothesis.actor, *cast.actor_token));
    cast.actor_token->subject = cast.actor->user->id;
    cast.mode = Mode::kDelegation;
    return {};
}

Result<Cast> cast_of(const Hypothesis& hypothesis, const Realm& realm,
                     const std::vector<User>& users) {
    Cast cast;
    cast.naked = !hypothesis.requested_subject.empty() && hypothesis.subject.empty() &&
                 hypothesis.subject_token.empty();
    if (!cast.naked) {
        CAMBIST_TRY(cast.token, facts_of(hypothesis, realm));
        CAMBIST_TRY(cast.subject, identity_of(realm, users, hypothesis.subject, *cast.token));
        cast.token->subject = cast.subject->user->id;
    }
    if (!hypothesis.actor.empty() || !hypothesis.actor_token.empty())
        CAMBIST_CHECK(cast_actor(hypothesis, realm, users, cast));
    for (const User& user : users)
        if (user.service_account_of.text() == hypothesis.requester)
            cast.account = identity::resolve_identity(realm, user);
    if (hypothesis.requested_subject.empty()) return cast;
    // Whose token it is acts.
    cast.mode = Mode::kSwitchSubject;
    cast.actor = std::move(cast.subject);
    CAMBIST_TRY(cast.subject, requested_of(realm, users, hypothesis.requested_subject));
    return cast;
}

template <class T>
const T* pointer_to(const std::optional<T>& value) {
    return value ? &*value : nullptr;
}

}  // namespace

Result<Simulation> simulate(std::shared_ptr<const Realm> realm, const std::vector<User>& users,
                            const Hypothesis& hypothesis) {
    const Client* requester = realm->find_client(hypothesis.requester);
    if (requester == nullptr)
        return fail(ErrorCode::kNotFound, "the realm has no client '" + hypothesis.requester + "'");
    CAMBIST_TRY(const Cast cast, cast_of(hypothesis, *realm, users));
    const auto session = cast.mode == Mode::kSwitchSubject
                             ? std::optional<Session>()
                             : session_of(*cast.token, *realm, hypothesis.at);
    // Relations are kept in the store; of a file only the managers are known.
    Relationship relationship;
    relationship.manages = cast.actor && identity::manages(*realm, *cast.actor, *cast.subject);

    Facts facts;
    facts.realm = realm.get();
    facts.requester = requester;
    facts.method = hypothesis.method;
    facts.requester_account = pointer_to(cast.account);
    facts.mode = cast.mode;
    facts.naked = cast.naked;
    facts.subject = &*cast.subject;
    facts.subject_token = pointer_to(cast.token);
    facts.actor = pointer_to(cast.actor);
    facts.actor_token = pointer_to(cast.actor_token);
    facts.relationship = &relationship;
    facts.issuer = cast.token ? std::string_view(cast.token->issuer) : std::string_view();
    facts.session = pointer_to(session);
    facts.wanted = &hypothesis.wanted;
    facts.proven = &hypothesis.proven;
    facts.now = hypothesis.at;
    std::vector<claims::Note> notes;
    const auto mappers = claims::RealmClaims::compile(realm, notes);
    const auto policy = policy::Policy::compile(*realm);
    facts.reach = foresee(*mappers, policy, facts);
    Simulation simulation;
    simulation.subject = cast.subject->user->username;
    if (cast.actor) simulation.actor = cast.actor->user->username;
    simulation.decision = policy.decide(facts);
    if (!simulation.decision.plan) return simulation;
    simulation.plan = simulation.decision.plan->facts();
    for (const auto& id : simulation.plan->rules)
        for (const auto& rule : policy.rules())
            if (rule.id == id) simulation.sentences.push_back(policy::sentence(rule));
    return simulation;
}

}  // namespace cambist::exchange
