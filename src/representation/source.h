// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "representation/reading.h"

namespace cambist::representation {

// The text as JSON or YAML: by the extension of the file's name, else JSON when it starts with a
// brace. Duplicate keys become faults, the first value stays; nothing when the text is neither.
std::optional<json::Value> parse_source(std::string_view text, const std::string& file_name,
                                        Reading& reading);

}  // namespace cambist::representation
