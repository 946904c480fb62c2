// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace cambist::audit {

// The end of a node's chain. Kept elsewhere, it later proves that nothing was cut off.
struct ChainEnd {
    std::string node;
    std::int64_t sequence = 0;
    std::string hash;
    friend bool operator==(const ChainEnd&, const ChainEnd&) = default;
};

struct BrokenRow {
    std::string node;
    std::int64_t sequence = 0;
    std::string trace;
    std::string reason;  // "the body does not match the hash", ...
};

struct VerifyReport {
    std::int64_t rows = 0;
    std::vector<ChainEnd> ends;                     // one a node
    std::vector<store::AuditBeginning> beginnings;  // of nodes whose oldest rows were pruned
    std::optional<BrokenRow> broken;  // the first fault; rows after it were not looked at
    bool intact() const { return !broken; }
};

// Checks every row: sequence without gaps from the chain's beginning (1, or behind what was
// pruned), previous, hash, and that the row's trace and time are those of its body. A chain
// shortened at its end is a valid chain: only `known`, ends that an earlier report gave, can show
// that. Fails only when the store can not be read. Thread-safe.
Result<VerifyReport> verify(const store::AuditStore& store,
                            const std::vector<ChainEnd>& known = {});

}  // namespace cambist::audit
