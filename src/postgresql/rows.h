// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct pg_result;

namespace cambist::postgresql {

// What a statement gave: rows and columns, both counted from 0. A value on its own. A wrong number
// or another type than the statement's is a bug and asserts; NULL reads as 0 and as empty.
class Rows {
  public:
    explicit Rows(pg_result* result) : result_(result) {}

    int size() const;
    bool empty() const { return size() == 0; }
    // Rows that an INSERT, UPDATE or DELETE changed, or that a SELECT gave.
    std::int64_t changed() const;

    std::int64_t int64(int row, int column) const;
    std::string text(int row, int column) const;  // see from_stored()
    std::string_view bytes(int row, int column) const;

  private:
    struct Clear {
        void operator()(pg_result* result) const;
    };
    std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace cambist::postgresql
