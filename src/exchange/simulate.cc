// SPDX-License-Identifier: Apache-2.0
#include "exchange/simulate.h"

#include <algorithm>

#include "claims/claims.h"
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

const User* find_user(const std::vector<User>& users, const Hypothesis& hypothesis,
                      const TokenFacts& facts) {
    const auto found = std::ranges::find_if(users, [&](const User& user) {
        return hypothesis.subject_token.empty() ? user.username == hypothesis.subject
                                                : user.id == facts.subject;
    });
    return found == users.end() ? nullptr : &*found;
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

}  // namespace

Result<Simulation> simulate(std::shared_ptr<const Realm> realm, const std::vector<User>& users,
                            const Hypothesis& hypothesis) {
    const Client* requester = realm->find_client(hypothesis.requester);
    if (requester == nullptr)
        return fail(ErrorCode::kNotFound, "the realm has no client '" + hypothesis.requester + "'");
    CAMBIST_TRY(const auto token, facts_of(hypothesis, *realm));
    const User* user = find_user(users, hypothesis, token);
    if (user == nullptr)
        return fail(ErrorCode::kNotFound,
                    "the realm file has no user with this " +
                        std::string(hypothesis.subject_token.empty() ? "name" : "id") +
                        "; name one with --subject");
    const auto subject = identity::resolve_identity(*realm, *user);
    std::optional<Identity> account;
    for (const auto& candidate : users)
        if (candidate.service_account_of == requester->client_id)
            account = identity::resolve_identity(*realm, candidate);
    const auto session = session_of(token, *realm, hypothesis.at);

    Facts facts;
    facts.realm = realm.get();
    facts.requester = requester;
    facts.method = hypothesis.method;
    facts.requester_account = account ? &*account : nullptr;
    facts.subject = &subject;
    facts.subject_token = &token;
    facts.session = session ? &*session : nullptr;
    facts.wanted = &hypothesis.wanted;
    facts.proven = &hypothesis.proven;
    facts.now = hypothesis.at;
    std::vector<claims::Note> notes;
    const auto mappers = claims::RealmClaims::compile(realm, notes);
    const auto& wanted = hypothesis.wanted;
    const bool restricted = !wanted.audiences.empty() || !wanted.resources.empty();
    facts.reach = mappers->reach(*requester, subject, wanted.scopes, wanted.has_scope,
                                 restricted ? &wanted.audiences : nullptr);
    const auto policy = policy::Policy::compile(*realm);
    Simulation simulation;
    simulation.decision = policy.decide(facts);
    if (!simulation.decision.plan) return simulation;
    simulation.plan = simulation.decision.plan->facts();
    for (const auto& id : simulation.plan->rules)
        for (const auto& rule : policy.rules())
            if (rule.id == id) simulation.sentences.push_back(policy::sentence(rule));
    return simulation;
}

}  // namespace cambist::exchange
