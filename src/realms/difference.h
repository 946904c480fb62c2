// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"

namespace cambist::realms {

// What applying a file does to one object or user of a realm.
struct Change {
    enum class What : std::uint8_t { kAdd, kChange, kRemove };
    What what = What::kAdd;
    std::string kind;  // "client", "role", "user", ...
    std::string key;
    std::vector<std::string> details;  // "accessTokenLifespan: 300 -> 240"; no secret
};
std::string_view name_of(Change::What what);  // "add", "change", "remove"

// Where two representations of one object differ, member by member; secrets only as "changed".
// Elements of lists are the same when their clientId, alias, name or id is.
std::vector<std::string> differences(const json::Value& before, const json::Value& after);

}  // namespace cambist::realms
