// SPDX-License-Identifier: Apache-2.0
#include "tokens/relying_party.h"

#include <algorithm>
#include <iterator>

#include "claims/claims.h"
#include "tokens/login_claims.h"
#include "tokens/signing_key.h"

namespace cambist::tokens {
namespace {

bool is_asked_for(const PlanFacts& plan) {
    return plan.token_type == TokenType::kIdToken && plan.audience_restricted;
}

std::unexpected<Error> disagree(const Client& one, const Client& other, const std::string& why) {
    return fail(ErrorCode::kTargetsDisagree, one.client_id.text() + " and " +
                                                 other.client_id.text() + " " + why +
                                                 "; ask for one ID token each");
}

// OpenID Connect Core section 8: the subject is recomputed for another sector.
Status check_same_subject(const realms::Snapshot& realm, const UserId& user, const Client& one,
                          const Client& other) {
    if (realm.claims->pairwise_subject(one, user) == realm.claims->pairwise_subject(other, user))
        return {};
    return disagree(one, other, "know the subject by different identifiers");
}

// Equal wishes for encryption do not help: the keys are each client's own.
Status check_same_form(const Realm& realm, const Client& one, const Client& other) {
    if (&one == &other) return {};
    for (const auto* client : {&one, &other}) {
        if (client->id_token_encryption.is_on())
            return disagree(one, other,
                            "can not both read one ID token, because " + client->client_id.text() +
                                " wants its own encrypted to its key");
    }
    const auto& algorithm = id_token_algorithm(realm, one);
    const auto& wanted = id_token_algorithm(realm, other);
    if (algorithm == wanted) return {};
    return disagree(one, other,
                    "want their ID tokens signed with " + algorithm + " and with " + wanted);
}

}  // namespace

std::vector<std::string> id_audience(const PlanFacts& plan, const claims::RealmClaims& claims) {
    if (is_asked_for(plan)) return plan.audience;
    std::vector<std::string> audience{plan.holder->client_id.text()};
    if (plan.claims != ClaimsKind::kFull) return audience;
    auto more = claims.id_token_audience(*plan.holder, plan.client_scopes);
    std::ranges::move(more, std::back_inserter(audience));
    return audience;
}

Result<const Client*> relying_party(const realms::Snapshot& realm, const PlanFacts& plan,
                                    const Parties& parties,
                                    const std::vector<std::string>& audience) {
    const auto* holder = plan.holder;
    if (!is_asked_for(plan) || audience.empty()) return holder;
    const auto find = [&](const std::string& name) {
        const auto* client = realm.realm->find_client(name);
        return client == nullptr ? holder : client;
    };
    const auto* party = find(audience.front());
    for (const auto& name : audience) {
        const auto* other = find(name);
        CAMBIST_CHECK(check_same_subject(realm, parties.subject->user->id, *party, *other));
        CAMBIST_CHECK(check_same_form(*realm.realm, *party, *other));
    }
    CAMBIST_CHECK(check_pairwise(realm, parties, *party));
    return party;
}

Status check_pairwise(const realms::Snapshot& realm, const Parties& parties, const Client& client) {
    if (!realm.claims->has_pairwise() || parties.session || parties.subject->is_service_account() ||
        !realm.claims->pairwise_subject(client, parties.subject->user->id))
        return {};
    return fail(ErrorCode::kTargetNotReachable,
                "client " + client.client_id.text() +
                    " knows users by pairwise identifiers, and there is no session that would tell "
                    "this server who is meant");
}

}  // namespace cambist::tokens
