// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.h"

namespace cambist::app {

// A realm's file, and those with its users when they are in files of their own.
struct RealmSource {
    std::string file;
    std::vector<std::string> user_files;
};

// The realm files behind a path: the file itself, or those of a folder (not of folders within it)
// that end in .json, .yaml or .yml, in order of their names. Keycloak's folder export has
// <realm>-realm.json with <realm>-users-0.json, ... and <realm>-federated-users-0.json, ...
// kConfigInvalid when a folder has none, or users of no realm.
Result<std::vector<RealmSource>> find_realm_sources(const std::string& path);

}  // namespace cambist::app
