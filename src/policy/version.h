// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "model/rule.h"

namespace cambist::policy {

// 16 hexadecimal digits over everything the rules say and their order; where they stand in a file
// is left out. For telling versions apart, not against forgers.
std::string version_of(const std::vector<Rule>& rules);

}  // namespace cambist::policy
