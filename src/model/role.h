// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cambist {

// Names a role: of the realm when `client` is empty, else of that client (its client_id).
struct RoleRef {
    std::string client;
    std::string name;
    friend auto operator<=>(const RoleRef&, const RoleRef&) = default;
};
// Rules and messages write a client role as "client:role" (split at the first colon), a realm role
// as "role", and a realm role whose name has a colon as ":invoice:read".
RoleRef parse_role_ref(std::string_view text);
std::string to_text(const RoleRef& role);

using Attributes = std::map<std::string, std::vector<std::string>>;

struct Role {
    std::string id;
    RoleRef ref;
    std::string description;
    std::vector<RoleRef> composites;
    Attributes attributes;
};

// A group with its full path ("/staff/berlin"). Members of a child are members of its ancestors.
struct Group {
    std::string id;
    std::string path;
    Attributes attributes;
    std::vector<RoleRef> roles;
};

}  // namespace cambist
