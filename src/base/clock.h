// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>

namespace cambist {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;
using Seconds = std::chrono::seconds;

// The time, as an interface so that tests can set it. Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock {
  public:
    TimePoint now() const override;
};

// Whole seconds since 1970, rounded down: NumericDate of RFC 7519 section 2.
std::int64_t to_unix(TimePoint time);
TimePoint from_unix(std::int64_t seconds);
// "2026-11-22T01:48:31.123456Z"
std::string to_iso8601(TimePoint time);

}  // namespace cambist
