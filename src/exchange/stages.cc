// SPDX-License-Identifier: Apache-2.0
// The stages of Exchange::run() that are no module of their own.
#include <algorithm>

#include "base/text.h"
#include "exchange/exchange.h"
#include "exchange/foresee.h"
#include "exchange/recorder.h"
#include "exchange/secure.h"
#include "policy/policy.h"
#include "sessions/expiry.h"

namespace cambist::exchange {

Status Exchange::open_realm(const Incoming& incoming, Walk& walk) const {
    walk.realm = parts_.realms.find(incoming.realm);
    if (walk.realm == nullptr) return fail(ErrorCode::kRealmUnknown);
    if (!walk.realm->realm->enabled) return fail(ErrorCode::kRealmDisabled);
    walk.record.policy_version = walk.realm->policy->version();
    if (!is_secure_enough(walk.realm->realm->ssl_required, incoming.caller))
        return fail(ErrorCode::kHttpsRequired, "the realm has sslRequired and this request from " +
                                                   incoming.caller.address + " came in clear");
    if (incoming.has_query)
        return fail(ErrorCode::kMalformedRequest,
                    "parameters belong into the body; the query string is not read");
    return {};
}

namespace {

Status check_public(const TokenRequest& request, const Client& requester,
                    const policy::Policy& policy) {
    const bool switches =
        request.form.has("requested_subject") || request.form.has_empty("requested_subject");
    if (policy.serves_public(requester.client_id) && !switches) return {};
    return fail(switches ? ErrorCode::kPublicClientSwitch : ErrorCode::kPublicClientExchange,
                "client '" + requester.client_id.text() + "' is public");
}

// As Keycloak, whose standard exchange takes access tokens only: a token of a type that no rule of
// the requester takes is not looked at. What the realm does not serve at all is told as that.
Status check_subject_type(const TokenRequest& request, const Client& requester,
                          const realms::Snapshot& realm, std::optional<TokenType> type) {
    if (!type || type == TokenType::kAccessToken || !request.form.has("subject_token")) return {};
    const auto takes_saml = [](const auto& issuer) { return issuer->takes(TokenType::kSaml2); };
    if (type == TokenType::kSaml1) return {};
    if (type == TokenType::kSaml2 && std::ranges::none_of(realm.realm->issuers, takes_saml))
        return {};
    return realm.policy->check_subject_type(requester, *type);
}

}  // namespace

// Before any token is looked at: who may not exchange at all learns nothing of tokens, and costs
// no signature. The account is asked only where the client's name does not settle it.
Status Exchange::check_may_exchange(const TokenRequest& request, const AuthenticatedClient& client,
                                    Walk& walk) const {
    const auto& requester = client.client();
    if (request.grant != GrantType::kTokenExchange) return {};
    // Made ready for this client by another one, whose rule it was.
    const auto urn = request.form.find("subject_token_type");
    const auto type = urn ? find_token_type(*urn) : std::nullopt;
    if (type == TokenType::kHandOff) return {};
    const auto& policy = *walk.realm->policy;
    if (requester.is_public()) return check_public(request, requester, policy);
    if (policy.may_exchange(requester, nullptr))
        return check_subject_type(request, requester, *walk.realm, type);
    CAMBIST_TRY(const auto account,
                parts_.identities.service_account_of(*walk.realm->realm, walk.realm->version,
                                                     requester.client_id));
    auto allowed = policy.check_may_exchange(requester, account.get());
    if (!allowed) walk.record.steps.push_back({"client", false, allowed.error().describe()});
    if (allowed) return check_subject_type(request, requester, *walk.realm, type);
    return allowed;
}

// Looked up for every request, so that what was taken back serves nobody any more; but only where a
// rule asks. Without somebody who acts, the client itself does.
Result<Relationship> Exchange::gather_relationship(const Parties& parties, const Facts& facts,
                                                   const realms::Snapshot& realm) const {
    if (!realm.policy->needs_relationship()) return Relationship{};
    identity::Actor actor{.identity = parties.actor.get(), .requester = {}};
    if (actor.identity == nullptr && facts.asked_by != nullptr)
        actor = {.identity = facts.asked_account, .requester = facts.asked_by->client_id};
    else if (actor.identity == nullptr)
        actor = {.identity = facts.requester_account, .requester = facts.requester->client_id};
    return parts_.relations.between(*realm.realm, actor, *parties.subject, facts.now);
}

Result<Decision> Exchange::decide(const TokenRequest& request, const AuthenticatedClient& client,
                                  const Possession& possession, const Parties& parties,
                                  const realms::Snapshot& realm) const {
    Facts facts;
    facts.proven = &possession.keys();
    facts.realm = realm.realm.get();
    facts.requester = &client.client();
    facts.method = client.method();
    facts.grant = request.grant;
    facts.mode = parties.mode;
    facts.subject = parties.subject.get();
    facts.actor = parties.actor.get();
    facts.actor_token = parties.actor_token ? &*parties.actor_token : nullptr;
    facts.naked = parties.naked;
    facts.proves_device = parties.proves_device;
    facts.issuer = realm.issuer;
    facts.subject_token = parties.subject_token ? &*parties.subject_token : nullptr;
    facts.session = parties.session ? &*parties.session : nullptr;
    facts.family = parties.family   ? &*parties.family
                   : parties.handed ? &parties.handed->family
                                    : nullptr;
    facts.redeems = parties.handed.has_value();
    facts.redeem_end = parties.handed ? parties.handed->access_end : 0;
    facts.wanted = &request.wanted;
    facts.now = request.at;
    // What the requester is comes from the server's state, never from claims of a token.
    CAMBIST_TRY(const auto account, parts_.identities.service_account_of(
                                        *realm.realm, realm.version, client.client().client_id));
    facts.requester_account = account.get();
    std::shared_ptr<const Identity> asked_account;
    if (facts.family != nullptr && !facts.family->requester.empty()) {
        const auto& asked_by = facts.family->requester;
        facts.asked_by = realm.realm->find_client(asked_by.text());
        CAMBIST_TRY(asked_account,
                    parts_.identities.service_account_of(*realm.realm, realm.version, asked_by));
        facts.asked_account = asked_account.get();
    }
    CAMBIST_TRY(facts.delegable, gather_delegable(facts, realm));
    CAMBIST_TRY(const auto relationship, gather_relationship(parties, facts, realm));
    facts.relationship = &relationship;
    facts.reach = foresee(*realm.claims, *realm.policy, facts);
    auto decision = realm.policy->decide(facts);
    const bool is_told =
        request.grant == GrantType::kTokenExchange && !facts.redeems && !parties.requested_error;
    if (parts_.recorder != nullptr && is_told) parts_.recorder->add(request.trace, facts, decision);
    return decision;
}

namespace {

// How the user proved who he is, in the words of the client that he proved it to.
void state_authentication(Session& session, const HandOffTerms& terms) {
    session.auth_method = terms.amr.empty() ? "handoff" : "amr:" + join(terms.amr, " ");
    if (!terms.acr.empty()) session.acr = terms.acr;
}

}  // namespace

// The token that is minted next names the session, so it comes first. A log-in's session becomes
// the offline one; beside a session that there is, one of its own begins.
void Exchange::open_session(const IssuePlan& plan, Parties& parties, const Realm& realm,
                            TimePoint now) const {
    const auto kind = plan.facts().opens;
    if (kind == OpenSession::kNone) return give_device_secret(plan, parties);
    const bool offline = kind == OpenSession::kOffline;
    const auto before = std::move(parties.session);
    auto session =
        parts_.sessions.make(realm, parties.subject->user->id, plan.facts().holder->client_id,
                             before ? before->auth_method : "token-exchange", now);
    if (offline) sessions::make_offline(realm, session);
    if (parties.handed) state_authentication(session, parties.handed->terms);
    if (before) {
        session.acr = before->acr;
        // When the user authenticated stays what it was.
        auto& token = parties.subject_token;
        if (token && token->auth_time == 0) token->auth_time = before->started;
    }
    parties.session = std::move(session);
    parties.session_is_new = true;
    give_device_secret(plan, parties);
}

// Its hash is kept with the session, which is why it must be a new one.
void Exchange::give_device_secret(const IssuePlan& plan, Parties& parties) const {
    if (plan.facts().gives_device_secret && parties.session && parties.session_is_new)
        parties.device_secret = parts_.sessions.give_device_secret(*parties.session);
}

// As Keycloak: the strictest not-before of all that the tokens stand on, and claims of mappers.
void Exchange::tell_beside(const IssuePlan& plan, const Parties& parties, Walk& walk) {
    const auto& facts = plan.facts();
    walk.not_before = std::max(
        {facts.realm->not_before, facts.holder->not_before, parties.subject->user->not_before});
    walk.response_claims = tokens::response_claims(*walk.realm, plan, parties);
}

}  // namespace cambist::exchange
