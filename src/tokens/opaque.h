// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/random.h"

namespace cambist::tokens {

// The text of a new opaque access token: "cat_" and 43 characters (256 bits). Scanners of source
// code find it by \bcat_[A-Za-z0-9_-]{43}\b.
std::string make_opaque_token(const Random& random);
// Cheap test of the form: starts with "cat_".
bool looks_like_opaque_token(std::string_view text);

}  // namespace cambist::tokens
