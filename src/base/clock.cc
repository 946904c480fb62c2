// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <fmt/format.h>

#include <ctime>

namespace cambist {

TimePoint SystemClock::now() const {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
}

std::int64_t to_unix(TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

TimePoint from_unix(std::int64_t seconds) { return TimePoint(std::chrono::seconds(seconds)); }

std::string to_iso8601(TimePoint time) {
    const std::time_t seconds = to_unix(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    const auto micros = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       micros);
}

}  // namespace cambist
