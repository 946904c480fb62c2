// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/realm.h"
#include "model/user.h"

namespace cambist::claims {

// The organizations of the subject that these scopes ask for, by alias: those that are named; else
// all for "organization:*"; else, for "organization", the only one there is, or none where a
// browser would ask the user which. A disabled one is none of his, and one that is not named is
// left out where it takes no log-in of this level.
std::vector<const Organization*> organizations_of(const Realm& realm, const Identity& subject,
                                                  const std::vector<std::string>& scopes,
                                                  std::string_view acr);

}  // namespace cambist::claims
