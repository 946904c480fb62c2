// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cambist {

// An http or https URL as RFC 3986 sections 6.2.2 and 6.2.3 normalise it, without query and
// fragment: two such texts are equal exactly when the URLs name the same thing. Nothing for
// whatever is no such URL, has user information, or is longer than 2048 bytes.
std::optional<std::string> normalised_url(std::string_view text);

}  // namespace cambist
