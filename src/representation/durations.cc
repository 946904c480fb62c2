// SPDX-License-Identifier: Apache-2.0
#include "representation/durations.h"

#include <chrono>

namespace cambist::representation {

namespace {

constexpr std::int64_t kMaxSeconds = 10LL * 366 * 24 * 3600;

// Exactly `count` digits at `at`.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return std::nullopt;
    int number = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    return number;
}

std::optional<std::int64_t> unit_of(char c) {
    switch (c) {
        case 's':
            return 1;
        case 'm':
            return 60;
        case 'h':
            return 3600;
        case 'd':
            return 24 * 3600;
        default:
            return std::nullopt;
    }
}

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
    const auto hour = digits(text, 1, 2);
    const auto minute = digits(text, 4, 2);
    const auto second = digits(text, 7, 2);
    if (text.size() != 10 || !hour || !minute || !second) return std::nullopt;
    if (text[0] != 'T' || text[3] != ':' || text[6] != ':' || text[9] != 'Z') return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    return *hour * 3600 + *minute * 60 + *second;
}

}  // namespace

std::optional<Seconds> parse_duration(std::string_view text) {
    std::int64_t total = 0;
    std::int64_t number = 0;
    bool has_digits = false;
    for (const char c : text) {
        if (c >= '0' && c <= '9') {
            number = number * 10 + (c - '0');
            has_digits = true;
        } else if (const auto unit = unit_of(c); unit && has_digits) {
            total += number * *unit;
            number = 0;
            has_digits = false;
        } else {
            return std::nullopt;
        }
        if (number > kMaxSeconds || total > kMaxSeconds) return std::nullopt;
    }
    if (has_digits || total == 0) return std::nullopt;
    return Seconds(total);
}

std::optional<std::int64_t> parse_end_date(std::string_view text) {
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    if (!year || !month || !day || *year < 1970 || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    constexpr std::int64_t kDay = 24LL * 3600;
    const std::int64_t start = std::chrono::sys_days(date).time_since_epoch().count() * kDay;
    if (text.size() == 10) return start + kDay;
    const auto time = parse_time_of_day(text.substr(10));
    if (!time) return std::nullopt;
    return start + *time;
}

}  // namespace cambist::representation
