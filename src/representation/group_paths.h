// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "json/value.h"

namespace cambist::representation {

// Keycloak names a group "a/b" by the path "/a/b", unless it is told to escape: gives such groups,
// in `groups`, `defaultGroups` and `users`, the path "/a~/b" that they have here
// (model/group_path). A path that is another group's stays that one's. Does nothing where no name
// holds a slash.
void escape_group_paths(json::Value& realm);

}  // namespace cambist::representation
