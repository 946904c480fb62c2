// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "json/value.h"

namespace cambist::representation {

// What a new realm has, as YAML in the form of a realm file; {realm} stands for the realm's name.
extern const std::string_view kBuiltinScopes;
extern const std::string_view kBuiltinClients;
extern const std::string_view kBuiltinSettings;

// All three as one value, with the name filled in.
json::Value make_builtin_realm(std::string_view realm_name);

}  // namespace cambist::representation
