// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/permission.h"
#include "model/realm.h"
#include "representation/reading.h"

namespace cambist::representation {

// The policies of a resource server of Keycloak's authorization services, read when they are asked
// for: what nobody asks for is not reported. For one thread.
class PermissionPolicies {
  public:
    // Both must outlive this. The realm must be indexed.
    PermissionPolicies(const Node& settings, const Realm& realm);
    // The policy of this name. One that is not there or can not be told is unmapped, and a risk in
    // the report.
    ClausePointer find(const std::string& name, const Node& user);

  private:
    ClausePointer read(const std::string& name, const Node& node);

    const Realm& realm_;
    std::map<std::string, Node> nodes_;
    std::map<std::string, ClausePointer> known_;
    std::map<std::string, std::size_t> sizes_;  // of the whole trees
    std::set<std::string> open_;                // aggregates that are being read
};

ClausePointer unmapped(std::string name, std::string why);
// A list of names that stands as JSON in a string: "[\"a\",\"b\"]". A fault if it does not.
std::vector<std::string> read_names(const Node& config, std::string_view key);
Strategy read_strategy(const Node& policy);

}  // namespace cambist::representation
