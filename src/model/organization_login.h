// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/organization.h"

namespace cambist {

// The levels of authentication that the organization takes (its attribute cambist.required.acr);
// none: any.
const std::vector<std::string>& required_acr(const Organization& organization);
// Whether a log-in of this level does; an empty one: nobody logged in.
bool takes_login(const Organization& organization, std::string_view acr);
// The first value of an attribute, or null.
const std::string* find_attribute(const Organization& organization, const std::string& name);

}  // namespace cambist
