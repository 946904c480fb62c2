// SPDX-License-Identifier: Apache-2.0
#include "clients/subject_pattern.h"

#include <regex>

namespace cambist::clients {

bool subject_matches(const std::string& pattern, std::string_view name) {
    constexpr std::size_t kLongest = 512;
    if (pattern.size() > kLongest || name.size() > kLongest) return false;
    // The library throws for a bad pattern and for a search that becomes too costly.
    try {
        const std::regex expression(pattern, std::regex::ECMAScript);
        return std::regex_match(name.begin(), name.end(), expression);
    } catch (const std::regex_error&) {
        return false;
    }
}

}  // namespace cambist::clients
