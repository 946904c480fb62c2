// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace cambist {

// The path of a group: "/parent/child". A slash within a name is written "~/", as Keycloak writes
// it where it is told to, so that a group "staff/x" is never taken for one below "/staff". No name
// ends with "~".

// Where a group of this name stands below a parent (empty: at the top).
std::string child_path(std::string_view parent, std::string_view name);
// Empty for a group at the top.
std::string_view parent_path(std::string_view path);
// The name of the group itself, its slashes plain again.
std::string name_of_path(std::string_view path);

}  // namespace cambist
