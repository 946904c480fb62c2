// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace cambist::representation {

// "90s", "5m", "1h30m", "2d": whole numbers with their units, at most ten years; never zero.
std::optional<Seconds> parse_duration(std::string_view text);

// "2027-06-30", which counts to the end of that day, or "2027-06-30T12:00:00Z" (UTC), as seconds
// since 1970. From 1970 to 9999.
std::optional<std::int64_t> parse_end_date(std::string_view text);

}  // namespace cambist::representation
