// SPDX-License-Identifier: Apache-2.0
#include "model/realm.h"

#include <algorithm>

#include "model/issuer.h"

namespace cambist {

namespace {

// A client id can hold any character but NUL.
std::string role_key(const RoleRef& role) {
    std::string key;
    key.reserve(role.client.size() + 1 + role.name.size());
    key.append(role.client).push_back('\0');
    return key.append(role.name);
}

template <class Item, class Index>
const Item* look_up(const std::vector<Item>& items, const Index& index, std::string_view key) {
    const auto found = index.find(key);
    return found == index.end() ? nullptr : &items[found->second];
}

}  // namespace

void Realm::index() {
    const auto fill = [](Index& index, const auto& items, const auto& key_of) {
        index.clear();
        index.reserve(items.size());
        for (std::size_t i = 0; i < items.size(); ++i) index.try_emplace(key_of(items[i]), i);
    };
    fill(client_index_, clients, [](const Client& client) { return client.client_id.text(); });
    fill(scope_index_, scopes, [](const ClientScope& scope) { return scope.name; });
    fill(role_index_, roles, [](const Role& role) { return role_key(role.ref); });
    fill(group_index_, groups, [](const Group& group) { return group.path; });
    fill(resource_index_, clients, [](const Client& client) { return client.resource_url; });
    resource_index_.erase(std::string());  // clients that are no resource
    iss_index_.clear();
    for (std::size_t i = 0; i < issuers.size(); ++i)
        for (const auto& iss : issuers[i]->issuers) iss_index_[iss].push_back(i);
}

const Client* Realm::find_client(std::string_view client_id) const {
    return look_up(clients, client_index_, client_id);
}

const ClientScope* Realm::find_scope(std::string_view scope) const {
    return look_up(scopes, scope_index_, scope);
}

const ClientScope* Realm::find_asked_scope(std::string_view scope) const {
    const auto* exact = find_scope(scope);
    if (exact != nullptr && !exact->is_parameterized()) return exact;
    for (auto end = scope.rfind(':'); end != std::string_view::npos && end > 0;
         end = scope.rfind(':', end - 1)) {
        const auto* found = end + 1 < scope.size() ? find_scope(scope.substr(0, end)) : nullptr;
        if (found != nullptr && found->is_parameterized()) return found;
    }
    return nullptr;
}

const Role* Realm::find_role(const RoleRef& role) const {
    return look_up(roles, role_index_, role_key(role));
}

const Group* Realm::find_group(std::string_view path) const {
    return look_up(groups, group_index_, path);
}

// There are few, in the order of their aliases.
const Organization* Realm::find_organization(std::string_view alias) const {
    const auto found = std::ranges::lower_bound(organizations, alias, {}, &Organization::alias);
    return found == organizations.end() || found->alias != alias ? nullptr : &*found;
}

const TrustedIssuer* Realm::find_issuer(std::string_view alias) const {
    const auto found = std::ranges::lower_bound(
        issuers, alias, {}, [](const auto& issuer) -> const std::string& { return issuer->alias; });
    return found == issuers.end() || (*found)->alias != alias ? nullptr : found->get();
}

std::vector<const TrustedIssuer*> Realm::issuers_of(std::string_view iss) const {
    std::vector<const TrustedIssuer*> found;
    const auto entry = iss_index_.find(iss);
    if (entry == iss_index_.end()) return found;
    found.reserve(entry->second.size());
    for (const auto i : entry->second) found.push_back(issuers[i].get());
    return found;
}

const Client* Realm::find_client_by_resource(std::string_view uri) const {
    return look_up(clients, resource_index_, uri);
}

}  // namespace cambist
