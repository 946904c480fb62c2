// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "json/value.h"
#include "realms/difference.h"

namespace cambist::realms {

// What is named, as a client is, but stored within the realm's own object: identity providers and
// their mappers, trusted issuers, organizations, keys and components.

// "identity-provider github", ...: what `before` has and `fresh` has not.
std::vector<std::string> absent_elements(const json::Value& fresh, const json::Value& before);
// Puts these into `fresh`, and the role mappings of clients and client scopes that it does not
// name: what a file does not name stays, whole.
void keep_absent_elements(json::Value& fresh, const json::Value& before);
// Takes the lists of elements out of two representations of a realm and says how they differ.
std::vector<Change> take_element_changes(json::Value& before, json::Value& after);

}  // namespace cambist::realms
