// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "model/role.h"

namespace cambist {

// An organization of the realm, as Keycloak 26 has them. A value; its members are kept with the
// users.
struct Organization {
    std::string id;
    std::string alias;  // what tokens and rules name it by
    std::string name;
    bool enabled = true;
    std::vector<std::string> domains;
    Attributes attributes;
};

// That a user belongs to an organization; a managed one has no life outside of it.
struct Membership {
    std::string organization;  // alias
    bool managed = false;
    friend bool operator==(const Membership&, const Membership&) = default;
};

}  // namespace cambist
