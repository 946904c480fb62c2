// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace cambist::json {

// What a text may cost. The default suits tokens and requests.
struct Limits {
    std::size_t max_depth = 16;
    std::size_t max_bytes = 256UL * 1024;
};
inline constexpr Limits kConfigLimits{.max_depth = 64, .max_bytes = 512UL * 1024 * 1024};

enum class Positions {
    kNone,  // the hot path: every Position is 0; errors still name line and column
    kLineAndColumn,
};

// A thing wrong with a file that does not keep us from reading on.
struct Fault {
    Position position;
    std::string key;   // the key concerned
    std::string text;  // "the key \"enabled\" occurs twice (first at line 2, column 3)"
    friend bool operator==(const Fault&, const Fault&) = default;
};

// Strict JSON (RFC 8259, RFC 7493): refuses duplicate keys (however they are escaped), invalid
// UTF-8 and lone surrogates, a byte order mark, anything after the value, trailing commas, too deep
// nesting, integers beyond 64 bits and numbers beyond double. Fails with kParse; the hint says
// line, column and what is wrong and never repeats more than a key of the text. Thread-safe.
Result<Value> parse(std::string_view text, const Limits& limits = {},
                    Positions positions = Positions::kLineAndColumn);

// As parse(), but a duplicate key is appended to `faults` and the first of its values stays.
Result<Value> parse_all_faults(std::string_view text, const Limits& limits,
                               std::vector<Fault>& faults);

// "line 2, column 7" of a byte offset.
Position position_of(std::string_view text, std::size_t offset);

}  // namespace cambist::json
