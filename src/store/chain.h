// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace cambist::store {

// The `previous` of a node's first audit row.
inline constexpr std::string_view kChainStart =
    "0000000000000000000000000000000000000000000000000000000000000000";

// The hash of an audit row: SHA-256, 64 lower-case hex digits, of node, sequence (decimal) and
// previous, each followed by a line feed, and the body. None of the first three can hold a line
// feed, so no two rows give the same input. Shared by the backends and by audit/verify.
std::string chain_hash(std::string_view node, std::int64_t sequence, std::string_view previous,
                       std::string_view body);

}  // namespace cambist::store
