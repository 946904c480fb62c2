// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "base/base64url.h"
#include "store_sqlite/nouns.h"

namespace cambist::store_sqlite {
namespace {

constexpr std::int64_t kScanSlice = 512;
// How long after its arrival a request may be recorded: first what nearly all need, then what a
// request may last at most with its time-outs.
constexpr std::int64_t kDelaysUs[] = {2'000'000, 120'000'000};

store::AuditRow read_row(const sql::Statement& row, const std::string& node) {
    return {.node = node,
            .sequence = row.int64(0),
            .trace = std::string(row.text(1)),
            .at_us = row.int64(2),
            .body = std::string(row.blob(5)),
            .previous = hex_encode(row.blob(3)),
            .hash = hex_encode(row.blob(4))};
}

Result<std::vector<store::AuditRow>> read_rows(sql::Statement& select, const std::string& node) {
    std::vector<store::AuditRow> rows;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return rows;
        rows.push_back(read_row(select, node));
    }
}

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

// The first sequence from `low` on whose row arrived at `at_us` or later; rows are numbered without
// gaps and nearly in order of arrival.
Result<std::int64_t> first_from(sql::Connection& connection, std::int64_t low, std::int64_t at_us) {
    CAMBIST_TRY(auto high, connection.query_int64("SELECT max(sequence)+1 FROM audit"));
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        CAMBIST_TRY(auto select, connection.prepare("SELECT at_us FROM audit WHERE sequence=?1"));
        CAMBIST_TRY(const bool is_row, select.bind(1, middle).step());
        if (is_row && select.int64(0) < at_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Result<std::optional<store::AuditRow>> find_between(sql::Connection& connection,
                                                    const std::string& node, std::int64_t first,
                                                    std::int64_t end, std::string_view trace) {
    CAMBIST_TRY(auto select, connection.prepare("SELECT * FROM audit WHERE sequence>=?1 AND "
                                                "sequence<?2 AND trace=?3 LIMIT 1"));
    CAMBIST_TRY(const bool is_row, select.bind(1, first).bind(2, end).bind(3, trace).step());
    return is_row ? std::optional(read_row(select, node)) : std::nullopt;
}

}  // namespace

Result<std::optional<store::AuditRow>> Audit::find(std::string_view trace) const {
    CAMBIST_TRY(auto reader, readers_.borrow());
    if (const auto at_us = time_of(trace)) {
        for (const std::int64_t delay : kDelaysUs) {
            // A row arrived at most `delay` before its place in the order, so what stands before
            // the first of these was written before the one we look for arrived.
            CAMBIST_TRY(const auto first, first_from(*reader, 1, *at_us - delay));
            CAMBIST_TRY(const auto end, first_from(*reader, first, *at_us + delay + 1));
            CAMBIST_TRY(auto row, find_between(*reader, node_, first, end, trace));
            if (row) return row;
        }
    }
    // The clock was set back, or it is no trace id of ours: nothing is left but to read all.
    return find_between(*reader, node_, 1, std::numeric_limits<std::int64_t>::max(), trace);
}

Status Audit::scan(const std::function<bool(const store::AuditRow&)>& visit) const {
    std::int64_t last = 0;
    while (true) {
        std::vector<store::AuditRow> rows;
        {
            // In slices: a long read would keep the log from being shortened.
            CAMBIST_TRY(auto reader, readers_.borrow());
            CAMBIST_TRY(auto select, reader->prepare("SELECT * FROM audit WHERE sequence>?1 "
                                                     "ORDER BY sequence LIMIT ?2"));
            CAMBIST_TRY(rows, read_rows(select.bind(1, last).bind(2, kScanSlice), node_));
        }
        for (const auto& row : rows)
            if (!visit(row)) return {};
        if (rows.empty()) return {};
        last = rows.back().sequence;
    }
}

Result<std::vector<store::AuditRow>> Audit::tail(std::size_t limit) const {
    CAMBIST_TRY(auto reader, readers_.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT * FROM audit ORDER BY sequence DESC LIMIT ?1"));
    CAMBIST_TRY(auto rows, read_rows(select.bind(1, limit), node_));
    std::ranges::reverse(rows);
    return rows;
}

}  // namespace cambist::store_sqlite
