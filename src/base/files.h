// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace cambist {

// A variable of the environment; nothing when unset. The only place that reads them.
std::optional<std::string> environment(const char* name);

// The whole file; kConfigInvalid names the file and the reason, also when it is larger than
// `limit`.
Result<std::string> read_file(const std::string& path, std::size_t limit = 512UL * 1024 * 1024);
// A file that holds a secret: warns the caller (kConfigInvalid) when others may read it.
Result<Secret> read_secret_file(const std::string& path);
// Writes a new file that only its owner may read (0600); kConflict when it exists.
Status write_secret_file(const std::string& path, std::string_view content);
bool file_exists(const std::string& path);

}  // namespace cambist
