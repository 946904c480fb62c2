// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cambist::sql {

class Connection;

// A prepared statement on loan from its connection's cache: reset when it goes, so keep it no
// longer than its rows are needed. Parameters and columns are counted as SQLite does: from 1 and
// from 0. A wrong number is a bug and asserts. For one thread.
class Statement {
  public:
    Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    // All copy what they are given.
    Statement& bind(int index, std::string_view text);
    Statement& bind(int index, const char* text) { return bind(index, std::string_view(text)); }
    Statement& bind_blob(int index, std::string_view bytes);
    template <std::integral T>
    Statement& bind(int index, T number) {
        return bind_int64(index, static_cast<std::int64_t>(number));
    }

    // True: a row is there. False: there are no more.
    Result<bool> step();
    // Runs to the end, for statements without rows.
    Status run();

    // Of the row that step() found; texts and blobs are valid until the next step().
    std::int64_t int64(int column) const;
    std::string_view text(int column) const;
    std::string_view blob(int column) const;

  private:
    friend class Connection;
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    Statement& bind_int64(int index, std::int64_t number);

    sqlite3_stmt* statement_;
};

// The Error for what SQLite says went wrong on this connection: kConflict for a broken constraint,
// else kStoreUnavailable; SQLite's message is in the detail.
std::unexpected<Error> sqlite_error(sqlite3* database, std::string_view what);

}  // namespace cambist::sql
