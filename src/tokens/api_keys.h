// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/random.h"

namespace cambist::tokens {

// The text of a new API key: "ck_" and 43 characters (256 bits). Scanners of source code find it by
// \bck_[A-Za-z0-9_-]{43}\b.
std::string make_api_key(const Random& random);
// What is kept of it: base64url SHA-256.
std::string hash_of_api_key(std::string_view text);
// Cheap test of the form: starts with "ck_".
bool looks_like_api_key(std::string_view text);

}  // namespace cambist::tokens
