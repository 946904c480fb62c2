// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "json/value.h"
#include "model/user.h"

namespace cambist::representation {

// What a file says of the members of its organizations.
struct Members {
    // Aliases of those whose members it states; of others it does not speak, as an export without
    // users.
    std::set<std::string, std::less<>> stated;
    std::map<std::string, std::vector<Membership>, std::less<>> of_user;  // by user name
};

// The user's memberships of stated organizations become what is stated; others stay.
void give_memberships(const Members& members, User& user);
// Puts the members into the organizations of a representation, in the order of the users.
void render_members(const std::vector<User>& users, json::Value& realm);

}  // namespace cambist::representation
