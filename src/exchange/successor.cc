// SPDX-License-Identifier: Apache-2.0
// Who may act for the subject of a token that is issued (RFC 8693 section 4.4, claim may_act).
#include <utility>

#include "base/text.h"
#include "exchange/exchange.h"
#include "json/writer.h"
#include "policy/delegation_scope.h"
#include "policy/policy.h"
#include "sessions/short_id.h"

namespace cambist::exchange {

// Whom the claim names: a user or the service of a client, and the relation by which it does.
struct Exchange::Successor {
    std::shared_ptr<const Identity> party;  // null: a client without a service account
    std::string client;                     // empty: a user
    std::string relation;                   // id; empty: by the rule or a scope alone
};

namespace {

// More than a token can name are not looked up.
constexpr std::size_t kMostNamed = 4;

std::unexpected<Error> nobody(const std::string& why) {
    return fail(ErrorCode::kActorNotSelected, why);
}

}  // namespace

// Null: not there, disabled, or a client that has no service account to act with.
Result<std::shared_ptr<const Identity>> Exchange::find_party(const realms::Snapshot& realm,
                                                             const MayAct& named) const {
    if (!named.client.empty()) {
        const auto* client = realm.realm->find_client(named.client);
        if (client == nullptr || !client->enabled) return nullptr;
        return parts_.identities.service_account_of(*realm.realm, realm.version, client->client_id);
    }
    CAMBIST_TRY(auto user, parts_.identities.find_by_username(*realm.realm, named.user));
    const bool can_act = user != nullptr && user->user->enabled && !user->is_service_account();
    return can_act ? std::move(user) : nullptr;
}

// Of the scopes that name somebody who may act, those that name somebody who may. Asked again at
// every refresh.
Result<std::vector<std::string>> Exchange::gather_delegable(const Facts& facts,
                                                            const realms::Snapshot& realm) const {
    std::vector<std::string> delegable;
    const auto& wanted = *facts.wanted;
    // A request that names no scopes asks for those it has.
    std::vector<std::string> asked;
    const auto take = [&](const std::vector<std::string>& scopes) {
        for (const auto& scope : scopes)
            if (scope.starts_with(policy::kDelegationScopes)) asked.push_back(scope);
    };
    take(wanted.scopes);
    if (facts.family != nullptr && !wanted.has_scope) take(facts.family->scopes);
    if (facts.subject_token != nullptr && !wanted.has_scope) take(facts.subject_token->scopes);
    std::size_t named = 0;
    for (const auto& scope : asked) {
        const auto actor = policy::actor_of_scope(scope);
        if (actor.empty() || ++named > kMostNamed) continue;
        CAMBIST_TRY(const auto party, find_party(realm, actor));
        if (party == nullptr || party->user->id == facts.subject->user->id) continue;
        Facts pair;
        pair.realm = facts.realm;
        pair.subject = facts.subject;
        pair.actor = party.get();
        pair.now = facts.now;
        Relationship relationship;
        if (realm.policy->needs_relationship()) {
            CAMBIST_TRY(relationship, parts_.relations.between(*realm.realm, {party.get(), {}},
                                                               *facts.subject, facts.now));
        }
        pair.relationship = &relationship;
        if (realm.policy->lets_act(pair)) delegable.push_back(scope);
    }
    return delegable;
}

// One who is named by a scope, too: does he stand in the rule's relation?
Status Exchange::check_standing(const realms::Snapshot& realm, const MayAct& may_act,
                                Successor& successor, const Parties& parties, TimePoint now) const {
    CAMBIST_TRY(
        const auto relationship,
        parts_.relations.between(*realm.realm, {successor.party.get(), {}}, *parties.subject, now));
    for (const auto& standing : relationship.standings) {
        if (standing.kind != may_act.relation) continue;
        successor.relation = standing.id;
        return {};
    }
    return nobody("who is named stands in no relation '" + may_act.relation + "' to the subject");
}

// The claim names one party: where several stand in the relation, the request says which.
Status Exchange::find_by_relation(const realms::Snapshot& realm, const MayAct& may_act,
                                  Successor& successor, const Parties& parties,
                                  TimePoint now) const {
    CAMBIST_TRY(const auto relations,
                parts_.relations.to_subject(*realm.realm, *parties.subject, may_act.relation, now));
    const std::string kind = "'" + may_act.relation + "'";
    const Relation* only = nullptr;
    for (const auto& relation : relations) {
        if (relation.actor.kind != EndKind::kGroup && only != nullptr &&
            relation.actor != only->actor)
            return nobody("several stand in the relation " + kind +
                          " to the subject: ask with scope delegation:user:NAME or "
                          "delegation:client:ID for one of them");
        if (relation.actor.kind != EndKind::kGroup) only = &relation;
    }
    if (only == nullptr)
        return nobody(
            "by the rule whoever stands in the relation " + kind +
            " to the subject may act, and that is nobody, or a group: then ask with scope "
            "delegation:user:NAME for one of it");
    successor.relation = only->id;
    if (only->actor.kind == EndKind::kClient) {
        successor.client = only->actor.id;
        CAMBIST_TRY(successor.party,
                    find_party(realm, {.client = successor.client, .user = {}, .relation = {}}));
    } else {
        CAMBIST_TRY(successor.party,
                    parts_.identities.find(*realm.realm, realm.version, UserId(only->actor.id)));
        if (successor.party != nullptr && !successor.party->user->enabled)
            successor.party = nullptr;
    }
    if (successor.party != nullptr) return {};
    return nobody("who stands in the relation " + kind + " to the subject is disabled or gone");
}

Status Exchange::name_successor(const IssuePlan& plan, const realms::Snapshot& realm,
                                Parties& parties, TimePoint now) const {
    const auto& may_act = plan.facts().may_act;
    if (may_act.empty()) return {};
    Successor successor{.party = nullptr, .client = may_act.client, .relation = {}};
    const bool is_named = !may_act.client.empty() || !may_act.user.empty();
    if (!is_named) {
        CAMBIST_CHECK(find_by_relation(realm, may_act, successor, parties, now));
    } else {
        CAMBIST_TRY(successor.party, find_party(realm, may_act));
        if (may_act.client.empty() && successor.party == nullptr)
            return nobody("user '" + may_act.user + "' may act, and he is disabled or gone");
        if (!may_act.relation.empty())
            CAMBIST_CHECK(check_standing(realm, may_act, successor, parties, now));
    }
    // The end of the relation ends the token that names somebody by it.
    if (!successor.relation.empty()) parties.xp.push_back(sessions::short_id(successor.relation));
    json::Writer out(parties.may_act);
    out.begin_object().member("iss", realm.issuer);
    if (successor.party != nullptr) out.member("sub", successor.party->user->id.text());
    if (!successor.client.empty()) out.member("client_id", successor.client);
    out.end_object();
    return {};
}

}  // namespace cambist::exchange
