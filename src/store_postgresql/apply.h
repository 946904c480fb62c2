// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "postgresql/query.h"
#include "postgresql/rows.h"
#include "store/store.h"

namespace cambist::store_postgresql {

// The newest row of the audit chain.
struct ChainHead {
    std::string node;
    std::int64_t sequence = 0;
    std::string hash;  // 64 hex digits
};

// What the answer to a statement has to be, or else its batch is refused.
enum class Expected : std::uint8_t {
    kAnything,
    kChange,    // at least one row, else kConflict
    kRotation,  // what rotate_refresh() says
    kUse,       // a row, else kDailyLimitReached
    kTaking,    // a row, else kHandOffTaken
};
struct Write {
    postgresql::Query query;
    Expected expected = Expected::kAnything;
};

// The statements of a batch, but for its audit records. They do not fail: what is in the way shows
// in their answers.
std::vector<Write> writes_of(const store::Batch& batch);
// Why the batch is refused for this answer; nothing when it is not.
Status check(const Write& write, const postgresql::Rows& rows);

// All audit records of these batches as one INSERT behind the head, which moves; and the head.
// Nothing when there are none.
std::vector<postgresql::Query> append_audit(const std::vector<const store::Batch*>& batches,
                                            ChainHead& head);

}  // namespace cambist::store_postgresql
