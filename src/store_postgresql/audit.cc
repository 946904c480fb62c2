// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/base64url.h"
#include "store/audit_search.h"
#include "store_postgresql/nouns.h"

namespace cambist::store_postgresql {
namespace {

using postgresql::Query;
using postgresql::Rows;

constexpr std::int64_t kScanSlice = 512;

store::AuditRow read_row(const Rows& rows, int row, const std::string& node) {
    return {.node = node,
            .sequence = rows.int64(row, 0),
            .trace = rows.text(row, 1),
            .at_us = rows.int64(row, 2),
            .body = std::string(rows.bytes(row, 5)),
            .previous = hex_encode(rows.bytes(row, 3)),
            .hash = hex_encode(rows.bytes(row, 4))};
}

std::vector<store::AuditRow> read_rows(const Rows& rows, const std::string& node) {
    std::vector<store::AuditRow> read;
    for (int row = 0; row < rows.size(); ++row) read.push_back(read_row(rows, row, node));
    return read;
}

}  // namespace

Result<std::optional<store::AuditRow>> Audit::find(std::string_view trace) const {
    const store::AuditRows audit{
        .begin = [&]() -> Result<std::int64_t> {
            CAMBIST_TRY(const auto begin, beginnings());
            return begin.empty() ? 1 : begin.front().sequence + 1;
        },
        .end = [&]() -> Result<std::int64_t> {
            CAMBIST_TRY(const auto rows, pool_.read(Query("SELECT sequence+1 FROM audit_head")));
            return rows.empty() ? 1 : rows.int64(0, 0);
        },
        .time_at = [&](std::int64_t sequence) -> Result<std::optional<std::int64_t>> {
            CAMBIST_TRY(
                const auto rows,
                pool_.read(Query("SELECT at_us FROM audit WHERE sequence=$1").number(sequence)));
            return rows.empty() ? std::nullopt : std::optional(rows.int64(0, 0));
        },
        .find_between = [&](std::int64_t first,
                            std::int64_t end) -> Result<std::optional<store::AuditRow>> {
            CAMBIST_TRY(const auto rows,
                        pool_.read(Query("SELECT sequence,trace,at_us,previous,hash,body FROM "
                                         "audit WHERE sequence>=$1 AND sequence<$2 AND trace=$3 "
                                         "LIMIT 1")
                                       .number(first)
                                       .number(end)
                                       .text(trace)));
            if (rows.empty()) return std::optional<store::AuditRow>();
            return std::optional(read_row(rows, 0, node_));
        }};
    return store::find_audit_row(audit, trace);
}

Result<std::vector<store::AuditBeginning>> Audit::beginnings() const {
    CAMBIST_TRY(const auto rows,
                pool_.read(Query("SELECT sequence,hash FROM audit_beginning WHERE sequence>0")));
    std::vector<store::AuditBeginning> beginnings;
    if (!rows.empty())
        beginnings.push_back({node_, rows.int64(0, 0), hex_encode(rows.bytes(0, 1))});
    return beginnings;
}

// In slices, so that no statement and no answer grows with the trail.
Status Audit::scan(const std::function<bool(const store::AuditRow&)>& visit) const {
    std::int64_t last = 0;
    while (true) {
        CAMBIST_TRY(const auto rows,
                    pool_.read(Query("SELECT sequence,trace,at_us,previous,hash,body FROM audit "
                                     "WHERE sequence>$1 ORDER BY sequence LIMIT $2")
                                   .number(last)
                                   .number(kScanSlice)));
        for (const auto& row : read_rows(rows, node_)) {
            if (!visit(row)) return {};
            last = row.sequence;
        }
        if (rows.empty()) return {};
    }
}

Result<std::vector<store::AuditRow>> Audit::tail(std::size_t limit) const {
    CAMBIST_TRY(const auto rows,
                pool_.read(Query("SELECT sequence,trace,at_us,previous,hash,body FROM audit "
                                 "ORDER BY sequence DESC LIMIT $1")
                               .number(limit)));
    auto tail = read_rows(rows, node_);
    std::ranges::reverse(tail);
    return tail;
}

}  // namespace cambist::store_postgresql
