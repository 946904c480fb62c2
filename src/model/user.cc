// SPDX-License-Identifier: Apache-2.0
#include "model/user.h"

#include <algorithm>

namespace cambist {

bool Identity::has_role(const RoleRef& role) const {
    return std::ranges::binary_search(roles, role);
}

bool Identity::in_group(std::string_view path) const {
    return std::ranges::any_of(groups, [&](const std::string& group) {
        return group == path ||
               (group.size() > path.size() && group.starts_with(path) && group[path.size()] == '/');
    });
}

}  // namespace cambist
