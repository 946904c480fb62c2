// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/base64url.h"
#include "store/audit_search.h"
#include "store_sqlite/nouns.h"

namespace cambist::store_sqlite {
namespace {

constexpr std::int64_t kScanSlice = 512;
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

}  // namespace

Result<std::optional<store::AuditRow>> Audit::find(std::string_view trace) const {
    CAMBIST_TRY(auto reader, readers_.borrow());
    const store::AuditRows rows{
        .begin = [&]() -> Result<std::int64_t> {
            CAMBIST_TRY(const auto before,
                        reader->query_int64("SELECT sequence FROM audit_beginning"));
            return before + 1;
        },
        .end = [&] { return reader->query_int64("SELECT max(sequence)+1 FROM audit"); },
        .time_at = [&](std::int64_t sequence) -> Result<std::optional<std::int64_t>> {
            CAMBIST_TRY(auto select, reader->prepare("SELECT at_us FROM audit WHERE sequence=?1"));
            CAMBIST_TRY(const bool is_row, select.bind(1, sequence).step());
            return is_row ? std::optional(select.int64(0)) : std::nullopt;
        },
        .find_between = [&](std::int64_t first,
                            std::int64_t end) -> Result<std::optional<store::AuditRow>> {
            CAMBIST_TRY(auto select, reader->prepare("SELECT * FROM audit WHERE sequence>=?1 AND "
                                                     "sequence<?2 AND trace=?3 LIMIT 1"));
            CAMBIST_TRY(const bool is_row,
                        select.bind(1, first).bind(2, end).bind(3, trace).step());
            return is_row ? std::optional(read_row(select, node_)) : std::nullopt;
        }};
    return store::find_audit_row(rows, trace);
}

Result<std::vector<store::AuditBeginning>> Audit::beginnings() const {
    CAMBIST_TRY(auto reader, readers_.borrow());
    CAMBIST_TRY(auto select, reader->prepare("SELECT sequence,hash FROM audit_beginning WHERE "
                                             "sequence>0"));
    CAMBIST_TRY(const bool is_row, select.step());
    std::vector<store::AuditBeginning> beginnings;
    if (is_row) beginnings.push_back({node_, select.int64(0), hex_encode(select.blob(1))});
    return beginnings;
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
