// SPDX-License-Identifier: Apache-2.0
#include "exchange/foresee.h"

#include <optional>

namespace cambist::exchange {
namespace {

// The clients that the request (or the family that is refreshed) restricts the audience to; nothing
// when it does not.
std::optional<std::vector<std::string>> audience_filter(const Facts& facts) {
    if (facts.family != nullptr) {
        if (!facts.family->audience_restricted) return std::nullopt;
        return facts.family->audience;
    }
    const Wanted& wanted = *facts.wanted;
    if (wanted.audiences.empty() && wanted.resources.empty()) return std::nullopt;
    auto filter = wanted.audiences;
    for (const auto& resource : wanted.resources)
        if (const auto* client = facts.realm->find_client_by_resource(resource))
            filter.push_back(client->client_id.text());
    return filter;
}

}  // namespace

Reach foresee(const claims::RealmClaims& claims, const policy::Policy& policy, const Facts& facts) {
    if (const auto of = policy.foresee_scopes(facts))
        return claims.reach(*of->client, *facts.subject, of->requested, true, nullptr);
    const Wanted& wanted = *facts.wanted;
    const bool again = facts.family != nullptr && !wanted.has_scope;
    const auto filter = audience_filter(facts);
    return claims.reach(*policy.foresee_holder(facts), *facts.subject,
                        again ? facts.family->scopes : wanted.scopes, again || wanted.has_scope,
                        filter ? &*filter : nullptr);
}

}  // namespace cambist::exchange
