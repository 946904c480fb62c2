// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "model/realm.h"
#include "model/rule.h"
#include "representation/reading.h"

namespace cambist::representation {

// What the parts of a rule must be to each other: what a permit needs, what a denial may not have,
// which risks must be stated, and what this version does not serve. The clients of the realm must
// be there and indexed.
void check_rule(const Node& node, const Rule& rule, const Realm& realm);

}  // namespace cambist::representation
