// SPDX-License-Identifier: Apache-2.0
#include "model/organization_login.h"

#include <algorithm>

namespace cambist {

const std::vector<std::string>& required_acr(const Organization& organization) {
    static const std::vector<std::string> kNothing;
    const auto found = organization.attributes.find("cambist.required.acr");
    return found == organization.attributes.end() ? kNothing : found->second;
}

bool takes_login(const Organization& organization, std::string_view acr) {
    const auto& required = required_acr(organization);
    return required.empty() || std::ranges::find(required, acr) != required.end();
}

const std::string* find_attribute(const Organization& organization, const std::string& name) {
    const auto found = organization.attributes.find(name);
    return found == organization.attributes.end() || found->second.empty() ? nullptr
                                                                           : &found->second.front();
}

}  // namespace cambist
