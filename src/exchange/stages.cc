// SPDX-License-Identifier: Apache-2.0
// The stages of Exchange::run() that are no module of their own.
#include "claims/claims.h"
#include "exchange/exchange.h"
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

// The clients that the request (or the family that is refreshed) restricts the audience to; nothing
// when it does not.
std::optional<std::vector<std::string>> audience_filter(const Wanted& wanted,
                                                        const Parties& parties,
                                                        const Realm& realm) {
    if (parties.family) {
        if (!parties.family->audience_restricted) return std::nullopt;
        return parties.family->audience;
    }
    if (wanted.audiences.empty() && wanted.resources.empty()) return std::nullopt;
    auto filter = wanted.audiences;
    for (const auto& resource : wanted.resources)
        if (const auto* client = realm.find_client_by_resource(resource))
            filter.push_back(client->client_id.text());
    return filter;
}

}  // namespace

Result<Decision> Exchange::decide(const TokenRequest& request, const AuthenticatedClient& client,
                                  const Possession& possession, const Parties& parties,
                                  const realms::Snapshot& realm) const {
    Facts facts;
    facts.proven = &possession.keys();
    facts.realm = realm.realm.get();
    facts.requester = &client.client();
    facts.method = client.method();
    facts.grant = request.grant;
    facts.subject = parties.subject.get();
    facts.subject_token = parties.subject_token ? &*parties.subject_token : nullptr;
    facts.session = parties.session ? &*parties.session : nullptr;
    facts.family = parties.family ? &*parties.family : nullptr;
    facts.wanted = &request.wanted;
    facts.now = request.at;
    // What the requester is comes from the server's state, never from claims of a token.
    CAMBIST_TRY(const auto account, parts_.identities.service_account_of(
                                        *realm.realm, realm.version, client.client().client_id));
    facts.requester_account = account.get();
    const auto filter = audience_filter(request.wanted, parties, *realm.realm);
    const bool again = parties.family && !request.wanted.has_scope;
    facts.reach = realm.claims->reach(
        client.client(), *parties.subject, again ? parties.family->scopes : request.wanted.scopes,
        again || request.wanted.has_scope, filter ? &*filter : nullptr);
    return realm.policy->decide(facts);
}

// The token that is minted next names the session, so it comes first. A log-in's session becomes
// the offline one; beside a session that there is, one of its own begins.
void Exchange::open_session(const IssuePlan& plan, Parties& parties, const Realm& realm,
                            TimePoint now) const {
    const auto kind = plan.facts().opens;
    if (kind == OpenSession::kNone) return;
    const bool offline = kind == OpenSession::kOffline;
    const auto before = std::move(parties.session);
    auto session =
        parts_.sessions.make(realm, parties.subject->user->id, plan.facts().holder->client_id,
                             before ? before->auth_method : "token-exchange", now);
    if (offline) sessions::make_offline(realm, session);
    if (before) {
        session.acr = before->acr;
        // When the user authenticated stays what it was.
        auto& token = parties.subject_token;
        if (token && token->auth_time == 0) token->auth_time = before->started;
    }
    parties.session = std::move(session);
    parties.session_is_new = true;
}

}  // namespace cambist::exchange
