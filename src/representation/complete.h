// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "json/value.h"

namespace cambist::representation {

// Writes out what the file leaves out: Keycloak's defaults for a new realm, its built-in scopes,
// roles and clients, and what follows for each client. New elements go to the ends of the lists, so
// that paths of faults stay true. The value must be an object.
void complete(json::Value& realm);

// Gives every object without an id one that follows from the realm and its name, and every group
// its path: a file that is applied twice gives the same objects.
void complete_ids(json::Value& realm);

// Sorts lists of named objects by name (rules keep their order) and removes the users, who are
// members of organizations, too.
void make_canonical(json::Value& realm);

// A UUID (RFC 9562 version 8) that follows from its parts.
std::string derived_id(std::string_view realm, std::string_view kind, std::string_view name);

}  // namespace cambist::representation
