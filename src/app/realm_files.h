// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "app/realm_sources.h"
#include "base/log.h"
#include "base/result.h"
#include "realms/realms.h"
#include "representation/realm_file.h"

namespace cambist::app {

// Whether a realm file may hold secrets in the clear: only in --dev, or outside of version control.
enum class Literals : std::uint8_t { kAllowed, kRefusedInVersionControl };

// Reads a realm with the environment's ${NAME}s; kConfigInvalid names every fault.
Result<representation::RealmFile> read_realm(const RealmSource& source, Literals literals);
// All realms of a file or folder; kConfigInvalid when two are the same realm.
Result<std::vector<representation::RealmFile>> read_realms(const std::string& path,
                                                           Literals literals);

// Reads a file, or all of a folder, applies each, and logs what that did.
Status apply_realm_files(const std::string& path, Literals literals, realms::Realms& realms,
                         Log& log);

}  // namespace cambist::app
