// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <fmt/format.h>

#include <concepts>
#include <cstdint>

namespace cambist {

namespace {

// The last `count` decimal digits.
void append_digits(std::string& out, std::integral auto number, std::size_t count) {
    const auto end = out.size() + count;
    out.resize(end);
    auto rest = static_cast<std::uint64_t>(number);
    for (std::size_t i = 1; i <= count; ++i, rest /= 10)
        out[end - i] = static_cast<char>('0' + rest % 10);
}

}  // namespace

TimePoint SystemClock::now() const {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
}

std::int64_t to_unix(TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

TimePoint from_unix(std::int64_t seconds) { return TimePoint(std::chrono::seconds(seconds)); }

// By hand: it stands in every log line, and gmtime_r takes a lock and asks for the time zone.
std::string to_iso8601(TimePoint time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    const auto year = static_cast<int>(date.year());
    std::string text;
    text.reserve(sizeof("2026-11-22T01:48:31.123456Z"));
    if (year < 0 || year > 9999)
        text = fmt::format("{:04}", year);
    else
        append_digits(text, year, 4);
    text += '-';
    append_digits(text, static_cast<unsigned>(date.month()), 2);
    text += '-';
    append_digits(text, static_cast<unsigned>(date.day()), 2);
    text += 'T';
    append_digits(text, clock.hours().count(), 2);
    text += ':';
    append_digits(text, clock.minutes().count(), 2);
    text += ':';
    append_digits(text, clock.seconds().count(), 2);
    text += '.';
    append_digits(text, clock.subseconds().count(), 6);
    text += 'Z';
    return text;
}

}  // namespace cambist
