// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace cambist::representation {

// A piece of a realm, as it is stored: kind "realm", "client", "client-scope", "role", "group" or
// "rule", a key that is unique within the kind, and its representation as JSON text.
struct Object {
    std::string kind;
    std::string key;
    std::string body;
    friend bool operator==(const Object&, const Object&) = default;
};

// Puts the members of all objects in order, so that equal objects have equal texts.
void sort_members(json::Value& value);

// Takes the canonical representation of a realm apart; users are not part of it.
std::vector<Object> split(const json::Value& canonical);
// Puts it together again, in whatever order the objects come: join(split(x)) == x for a canonical
// x. Fails with kParse when a body is damaged or the realm itself is missing.
Result<json::Value> join(const std::vector<Object>& objects);

// How an object of a list is told from the others: by its clientId, alias, name or id; empty when
// it has none.
std::string identity_of(const json::Value& element);

// "**********": what Keycloak writes in place of a secret it does not tell.
inline constexpr std::string_view kMaskedSecret = "**********";
// Replaces masked secrets in `fresh` by what `stored` holds at the same place (objects of a list
// are the same when their clientId, alias, name or id is). What is not stored stays masked.
void keep_masked_secrets(json::Value& fresh, const json::Value& stored);

}  // namespace cambist::representation
