// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cambist::postgresql {

// A statement with its parameters, $1, $2 … in the order in which they are added. It only views its
// text, which has to be a literal: every connection prepares it once and keeps it.
class Query {
  public:
    explicit Query(std::string_view sql) : sql_(sql) {}

    // Any bytes: see to_stored().
    Query& text(std::string_view value);
    Query& bytes(std::string_view value);
    template <std::integral T>
    Query& number(T value) {
        return int64(static_cast<std::int64_t>(value));
    }
    // text[], bytea[] and bigint[], for many rows at once: `FROM unnest($1, $2)`.
    Query& texts(const std::vector<std::string>& values);
    Query& byte_strings(const std::vector<std::string>& values);
    Query& numbers(const std::vector<std::int64_t>& values);

  private:
    friend class Connection;
    Query& int64(std::int64_t value);

    std::string_view sql_;
    std::vector<std::uint32_t> types_;
    std::vector<std::string> values_;  // in PostgreSQL's binary form
};

// PostgreSQL's text holds no NUL and nothing but UTF-8; ours may hold both (a `jti` is whatever its
// issuer made it). What it could not hold is written in hexadecimal digits after a mark, so that no
// two texts are stored as one and all others stay readable.
std::string to_stored(std::string_view text);
std::string from_stored(std::string_view stored);

}  // namespace cambist::postgresql
