// SPDX-License-Identifier: Apache-2.0
#include "saml/date_time.h"

#include <array>

namespace cambist::saml {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes exactly `digits` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, digits)) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

// A fraction of a second; nothing when a point has no digits behind it.
std::optional<std::chrono::microseconds> take_fraction(std::string_view& text) {
    std::int64_t micros = 0;
    if (!take(text, '.')) return std::chrono::microseconds(0);
    std::int64_t weight = 100'000;
    std::size_t digits = 0;
    while (!text.empty() && is_digit(text.front())) {
        micros += weight * (text.front() - '0');
        weight /= 10;
        text.remove_prefix(1);
        ++digits;
    }
    if (digits == 0 || digits > 18) return std::nullopt;
    return std::chrono::microseconds(micros);
}

struct Unit {
    char letter;
    std::int64_t seconds;
};
constexpr std::array kDays{Unit{'Y', 365LL * 86400}, Unit{'M', 30LL * 86400}, Unit{'D', 86400}};
constexpr std::array kHours{Unit{'H', 3600}, Unit{'M', 60}, Unit{'S', 1}};

// Numbers with these units, each at most once and in this order. Adds to `total`; false if broken.
bool take_units(std::string_view& text, const std::array<Unit, 3>& units, std::int64_t& total) {
    constexpr std::int64_t kMost = 1'000'000'000;
    for (const auto& unit : units) {
        std::size_t digits = 0;
        while (digits < text.size() && is_digit(text[digits])) ++digits;
        if (digits == 0 || digits > 9) return digits == 0;
        if (digits == text.size()) return false;
        auto rest = text;
        const auto value = take_digits(rest, digits).value_or(0);
        if (unit.letter == 'S' && !take_fraction(rest)) return false;
        if (!take(rest, unit.letter)) continue;
        if (value > kMost / unit.seconds) return false;
        total += value * unit.seconds;
        text = rest;
    }
    return true;
}

}  // namespace

std::optional<TimePoint> parse_date_time(std::string_view text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day || !take(text, 'T')) return std::nullopt;
    const auto hour = take_digits(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || !take(text, ':')) return std::nullopt;
    const auto second = take_digits(text, 2);
    if (!second) return std::nullopt;
    const auto fraction = take_fraction(text);
    if (!fraction || text != "Z") return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *year < 1970 || *hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    return TimePoint(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
           std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *fraction;
}

std::optional<Seconds> parse_duration(std::string_view text) {
    if (text.size() < 3 || !take(text, 'P')) return std::nullopt;
    std::int64_t total = 0;
    if (!take_units(text, kDays, total)) return std::nullopt;
    if (take(text, 'T') && (text.empty() || !take_units(text, kHours, total))) return std::nullopt;
    if (!text.empty()) return std::nullopt;
    return Seconds(total);
}

}  // namespace cambist::saml
