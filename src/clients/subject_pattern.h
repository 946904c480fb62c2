// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace cambist::clients {

// Does the whole name match the regular expression (as Java's Matcher.matches)? No when the pattern
// can not be read, or the name is longer than 512 bytes, which would cost too much.
bool subject_matches(const std::string& pattern, std::string_view name);

}  // namespace cambist::clients
