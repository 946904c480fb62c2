// SPDX-License-Identifier: Apache-2.0
#include "store_memory/nouns.h"

namespace cambist::store_memory {
namespace {

auto key_of(std::string_view realm, std::string_view issuer, std::string_view subject) {
    return std::tuple{std::string(realm), std::string(issuer), std::string(subject)};
}

}  // namespace

Result<std::optional<FederatedIdentity>> FederatedIdentities::find(std::string_view realm,
                                                                   std::string_view issuer,
                                                                   std::string_view subject) const {
    return state_.with([&](const State& state) -> std::optional<FederatedIdentity> {
        const auto found = state.federated.find(key_of(realm, issuer, subject));
        if (found == state.federated.end()) return std::nullopt;
        return found->second;
    });
}

Result<std::vector<FederatedIdentity>> FederatedIdentities::of_user(std::string_view realm,
                                                                    const UserId& user) const {
    return state_.with([&](const State& state) {
        std::vector<FederatedIdentity> identities;
        for (const auto& [key, identity] : state.federated)
            if (std::get<0>(key) == realm && identity.user == user) identities.push_back(identity);
        return identities;
    });
}

Result<std::size_t> FederatedIdentities::put(std::string_view realm,
                                             const std::vector<FederatedIdentity>& identities) {
    return state_.with([&](State& state) {
        std::size_t written = 0;
        for (const auto& identity : identities) {
            auto& place = state.federated[key_of(realm, identity.issuer, identity.subject)];
            if (place == identity) continue;
            place = identity;
            ++written;
        }
        return written;
    });
}

Status FederatedIdentities::remove(std::string_view realm, std::string_view issuer,
                                   std::string_view subject) {
    state_.with([&](State& state) { state.federated.erase(key_of(realm, issuer, subject)); });
    return {};
}

}  // namespace cambist::store_memory
