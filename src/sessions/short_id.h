// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace cambist::sessions {

// How a token names its ancestors (claim `xp`) and how a revocation names a token: 96 bits of the
// SHA-256 of the id as base64url, 16 characters.
std::string short_id(std::string_view id);

}  // namespace cambist::sessions
