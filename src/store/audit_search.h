// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace cambist::store {

// What the search asks of a backend whose rows are numbered without gaps.
struct AuditRows {
    std::function<Result<std::int64_t>()> begin;  // the number of the oldest row
    std::function<Result<std::int64_t>()> end;    // the number behind the newest row's
    std::function<Result<std::optional<std::int64_t>>(std::int64_t)> time_at;  // microseconds
    // The first row of this trace from `first` on, before `end`.
    std::function<Result<std::optional<AuditRow>>(std::int64_t first, std::int64_t end)>
        find_between;
};

// Finds the row of a trace id without an index on it: a trace id begins with its time, and rows
// stand nearly in the order of theirs.
Result<std::optional<AuditRow>> find_audit_row(const AuditRows& rows, std::string_view trace);

}  // namespace cambist::store
