// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/role.h"

namespace cambist {

struct ClientScope;
struct Identity;
struct Realm;

// An organization of the realm, as Keycloak 26 has them. A value; its members are kept with the
// users.
struct Organization {
    std::string id;
    std::string alias;  // what tokens and rules name it by, and scopes ("organization:acme")
    std::string name;
    bool enabled = true;
    std::vector<std::string> domains;
    Attributes attributes;
};

// That a user belongs to an organization; a managed one has no life outside of it: while it is
// disabled, so is he.
struct Membership {
    std::string organization;  // alias
    bool managed = false;
    friend bool operator==(const Membership&, const Membership&) = default;
};

// Which organizations a scope asks for: "organization" the only one that the user has,
// "organization:*" all, "organization:acme" that one. The scope in front is any client scope with a
// mapper of memberships, as in Keycloak.
struct OrganizationScope {
    enum class Kind : std::uint8_t { kAny, kAll, kNamed };
    const ClientScope* scope = nullptr;
    Kind kind = Kind::kAny;
    std::string_view alias;  // kNamed
};
inline constexpr std::string_view kOrganizationMapper = "oidc-organization-membership-mapper";
bool maps_organizations(const ClientScope& scope);
// Nothing for a scope of another kind; one that is named exactly so wins. `name` is viewed into.
std::optional<OrganizationScope> find_organization_scope(const Realm& realm, std::string_view name);
// Whether who was granted these scopes has the other one: it is among them, or it names one
// organization and "organization:*" is.
bool covers_scope(const Realm& realm, const std::vector<std::string>& granted,
                  std::string_view wanted);
// The first organization that the scopes name and the user is not in, or that is disabled; empty:
// there is none.
std::string_view lost_organization(const Realm& realm, const std::vector<std::string>& scopes,
                                   const Identity& subject);

}  // namespace cambist
