// SPDX-License-Identifier: Apache-2.0
#include "model/role.h"

namespace cambist {

RoleRef parse_role_ref(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return {.client = {}, .name = std::string(text)};
    return {.client = std::string(text.substr(0, colon)),
            .name = std::string(text.substr(colon + 1))};
}

std::string to_text(const RoleRef& role) {
    const bool needs_colon = !role.client.empty() || role.name.find(':') != std::string::npos;
    return needs_colon ? role.client + ":" + role.name : role.name;
}

}  // namespace cambist
