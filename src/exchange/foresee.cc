// SPDX-License-Identifier: Apache-2.0
#include "exchange/foresee.h"

#include <optional>
#include <utility>

#include "policy/organizations.h"

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
    // There the issuer stands for the requester itself.
    if (facts.proves_device) filter.push_back(facts.requester->client_id.text());
    for (const auto& resource : wanted.resources)
        if (const auto* client = facts.realm->find_client_by_resource(resource))
            filter.push_back(client->client_id.text());
    return filter;
}

// The organization that the parameter names is one more scope of its holder.
std::string add_organization(const Facts& facts, const Client& holder,
                             std::vector<std::string>& requested) {
    if (facts.wanted->organization.empty()) return {};
    auto scope = policy::organization_scope(*facts.realm, holder, facts.wanted->organization);
    if (!scope.empty()) requested.push_back(scope);
    return scope;
}

}  // namespace

Reach foresee(const claims::RealmClaims& claims, const policy::Policy& policy, const Facts& facts) {
    if (auto of = policy.foresee_scopes(facts)) {
        auto organization = add_organization(facts, *of->client, of->requested);
        auto reach = claims.reach(*of->client, *facts.subject, of->requested, true, nullptr);
        reach.organization_scope = std::move(organization);
        return reach;
    }
    const Wanted& wanted = *facts.wanted;
    const bool again = facts.family != nullptr && !wanted.has_scope;
    const auto filter = audience_filter(facts);
    const Client* holder = policy.foresee_holder(facts);
    auto requested = again ? facts.family->scopes : wanted.scopes;
    auto organization = add_organization(facts, *holder, requested);
    const bool has_scope = again || wanted.has_scope || !organization.empty();
    auto reach =
        claims.reach(*holder, *facts.subject, requested, has_scope, filter ? &*filter : nullptr);
    reach.organization_scope = std::move(organization);
    return reach;
}

}  // namespace cambist::exchange
