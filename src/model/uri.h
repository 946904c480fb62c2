// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cambist {

// An http or https URL as RFC 3986 sections 6.2.2 and 6.2.3 normalise it, without query and
// fragment: two such texts are equal exactly when the URLs name the same thing. Nothing for
// whatever is no such URL, has user information, is longer than 2048 bytes, or has a host name that
// begins with an IPv4 address.
std::optional<std::string> normalised_url(std::string_view text);

// RFC 3986 section 4.3: an URI with a scheme and without a fragment.
bool is_absolute_uri(std::string_view text);

}  // namespace cambist
