// SPDX-License-Identifier: Apache-2.0
#include "store/audit_search.h"

#include <algorithm>
#include <limits>

namespace cambist::store {
namespace {

// How long after its arrival a request may be recorded: first what nearly all need, then what a
// request may last at most with its time-outs.
constexpr std::int64_t kDelaysUs[] = {2'000'000, 120'000'000};

// The time in the first ten characters of a ULID, in microseconds.
std::optional<std::int64_t> time_of(std::string_view trace) {
    constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    if (trace.size() != 26) return std::nullopt;
    std::int64_t milliseconds = 0;
    for (const char digit : trace.substr(0, 10)) {
        const auto value = kDigits.find(digit);
        if (value == std::string_view::npos) return std::nullopt;
        milliseconds = milliseconds * 32 + static_cast<std::int64_t>(value);
    }
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 2000;
    return std::min(milliseconds, kMost) * 1000;
}

// The first number in [low, high) whose row arrived at `at_us` or later.
Result<std::int64_t> first_from(const AuditRows& rows, std::int64_t low, std::int64_t high,
                                std::int64_t at_us) {
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        CAMBIST_TRY(const auto time, rows.time_at(middle));
        if (time && *time < at_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

}  // namespace

Result<std::optional<AuditRow>> find_audit_row(const AuditRows& rows, std::string_view trace) {
    if (const auto at_us = time_of(trace)) {
        CAMBIST_TRY(const auto begin, rows.begin());
        CAMBIST_TRY(const auto end, rows.end());
        for (const std::int64_t delay : kDelaysUs) {
            // A row arrived at most `delay` before its place in the order, so what stands before
            // the first of these was written before the one we look for arrived.
            CAMBIST_TRY(const auto first, first_from(rows, begin, end, *at_us - delay));
            CAMBIST_TRY(const auto last, first_from(rows, first, end, *at_us + delay + 1));
            CAMBIST_TRY(auto row, rows.find_between(first, last));
            if (row) return row;
        }
    }
    // The clock was set back, or it is no trace id of ours: nothing is left but to read all.
    return rows.find_between(1, std::numeric_limits<std::int64_t>::max());
}

}  // namespace cambist::store
