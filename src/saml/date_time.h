// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace cambist::saml {

// An xs:dateTime as SAML Core section 1.3.3 demands it: UTC, written with Z. Fractions beyond
// microseconds are cut off. Nothing for other zones, none, and days that do not exist.
std::optional<TimePoint> parse_date_time(std::string_view text);
// An xs:duration that is not negative; a year counts as 365 days, a month as 30.
std::optional<Seconds> parse_duration(std::string_view text);

}  // namespace cambist::saml
