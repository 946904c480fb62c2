// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "realms/realms.h"
#include "representation/realm_file.h"

namespace cambist::app {

// Whether a realm file may hold secrets in the clear: only in --dev, or outside of version control.
enum class Literals : std::uint8_t { kAllowed, kRefusedInVersionControl };

// Reads a realm file with the environment's ${NAME}s; kConfigInvalid names every fault.
Result<representation::RealmFile> read_realm(const std::string& path, Literals literals);

// Reads and applies one file, and logs what that did.
Status apply_realm_file(const std::string& path, Literals literals, realms::Realms& realms,
                        Log& log);

}  // namespace cambist::app
