// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.h"

namespace cambist::app {

// The rules of one owner in a file of their own.
struct RuleSource {
    std::string owner;  // a client of the realm
    std::string file;
};

// A realm's file, and those with its users and with the rules of its teams when they are in files
// of their own.
struct RealmSource {
    std::string file;
    std::vector<std::string> user_files = {};
    std::vector<RuleSource> rule_files = {};
};

// The realm files behind a path: the file itself, or those of a folder (not of folders within it)
// that end in .json, .yaml or .yml, in order of their names. Keycloak's folder export has
// <realm>-realm.json with <realm>-users-0.json, ... and <realm>-federated-users-0.json, ...; ours
// may have <realm>-rules-<owner>.yaml beside it, a file for each team.
// kConfigInvalid when a folder has none, or users or rules of no realm.
Result<std::vector<RealmSource>> find_realm_sources(const std::string& path);

}  // namespace cambist::app
