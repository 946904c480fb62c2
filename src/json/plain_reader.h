// SPDX-License-Identifier: Apache-2.0
// Inside json/ only: the short way for the texts that tokens are made of.
#pragma once
#include <cstddef>
#include <string_view>

#include "json/value.h"

namespace cambist::json {

// Reads a strict JSON text in one pass, without positions. False when it is not sure: a fault, and
// also what is rare in tokens (escapes, fractions, many members). `out` is worth nothing then, and
// the general reader has the word. What this one takes the general one takes too, with the same
// value; the fuzz target `json` holds them against each other.
bool read_plain(std::string_view text, std::size_t max_depth, Value& out);

}  // namespace cambist::json
