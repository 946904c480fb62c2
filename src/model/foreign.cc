// SPDX-License-Identifier: Apache-2.0
#include "model/foreign.h"

#include <algorithm>

namespace cambist {
namespace {

template <class T>
void add_missing(std::vector<T>& to, const std::vector<T>& what) {
    for (const auto& one : what)
        if (std::ranges::find(to, one) == to.end()) to.push_back(one);
}

template <class T>
void remove_all(std::vector<T>& from, const std::vector<T>& what) {
    std::erase_if(from, [&](const T& one) { return std::ranges::find(what, one) != what.end(); });
}

}  // namespace

void apply(const UserChange& change, User& user) {
    add_missing(user.roles, change.gives);
    remove_all(user.roles, change.takes);
    add_missing(user.groups, change.joins);
    remove_all(user.groups, change.leaves);
    for (const auto& [name, values] : change.attributes) {
        if (values.empty())
            user.attributes.erase(name);
        else
            user.attributes[name] = values;
    }
    if (change.username) user.username = *change.username;
    if (change.email && *change.email != user.email) {
        user.email = *change.email;
        user.email_verified = change.email_verified;
    }
    if (change.first_name) user.first_name = *change.first_name;
    if (change.last_name) user.last_name = *change.last_name;
}

}  // namespace cambist
