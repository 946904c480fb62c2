// SPDX-License-Identifier: Apache-2.0
#include "claims/role_changes.h"

#include <algorithm>

#include "claims/mapper.h"

namespace cambist::claims {
namespace {

// Keycloak's way to write a role: "name" of the realm, "client.name" of a client. A role of the
// realm may have a dot, too, when no client is called so.
Result<RoleRef> parse_role(const Realm& realm, const MapperConfig& config, std::string_view key) {
    const auto text = setting(config, key);
    if (text.empty()) return fail(ErrorCode::kConfigInvalid, std::string(key) + " is missing");
    const auto dot = text.rfind('.');
    if (dot == std::string_view::npos) return RoleRef{{}, std::string(text)};
    const auto client = text.substr(0, dot);
    if (realm.find_client(client) == nullptr && realm.find_role({{}, std::string(text)}) != nullptr)
        return RoleRef{{}, std::string(text)};
    return RoleRef{std::string(client), std::string(text.substr(dot + 1))};
}

bool is_same(const RoleRef* role, const RoleRef& other) { return *role == other; }

}  // namespace

Result<RoleChange> make_role_change(const Realm& realm, const MapperConfig& config) {
    CAMBIST_TRY(auto role, parse_role(realm, config, "role"));
    if (config.type == kHardcodedRoleMapper) return RoleChange{std::nullopt, std::move(role)};
    CAMBIST_TRY(auto renamed, parse_role(realm, config, "new.role.name"));
    return RoleChange{std::move(role), std::move(renamed)};
}

void apply_role_changes(const std::vector<const RoleChange*>& changes,
                        std::vector<const RoleRef*>& roles) {
    if (changes.empty()) return;
    for (const auto* change : changes) {
        if (!change->from) continue;
        const auto found = std::ranges::find_if(
            roles, [&](const RoleRef* role) { return is_same(role, *change->from); });
        if (found != roles.end()) *found = &change->to;
    }
    for (const auto* change : changes)
        if (!change->from) roles.push_back(&change->to);
    std::ranges::sort(roles, [](const RoleRef* a, const RoleRef* b) { return *a < *b; });
    const auto repeated =
        std::ranges::unique(roles, [](const RoleRef* a, const RoleRef* b) { return *a == *b; });
    roles.erase(repeated.begin(), repeated.end());
}

}  // namespace cambist::claims
