// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sql/statement.h"

namespace cambist::sql {

enum class Access : std::uint8_t { kReadWrite, kReadOnly };
enum class CheckpointKind : std::uint8_t { kPassive, kRestart };

struct Checkpoint {
    bool done = false;             // false: somebody was in the way, try again
    std::int64_t pages = 0;        // in the write-ahead log
    std::int64_t pages_moved = 0;  // of these, also in the file
};

// One connection to a SQLite file, with its cache of prepared statements. For one thread at a time;
// may be handed from thread to thread. Every failure is an Error with SQLite's message in `detail`.
class Connection {
  public:
    // kStoreUnavailable when the file can not be opened. kReadWrite makes the file if it is
    // missing.
    static Result<Connection> open(const std::string& path, Access access);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // One statement, prepared once and kept. It must not be on loan already.
    Result<Statement> prepare(std::string_view sql);
    // Any number of statements, not kept; rows are passed over.
    Status execute(const std::string& script);
    // The first column of the first row of a query; 0 when there is none.
    Result<std::int64_t> query_int64(std::string_view sql);

    // Rows that the last INSERT, UPDATE or DELETE changed.
    std::int64_t changes() const;
    bool in_transaction() const;
    // How long to wait for locks of other connections.
    void set_busy_timeout(int milliseconds);
    // From now on log_pages() is the length of the write-ahead log after the last commit here, and
    // nothing is checkpointed automatically.
    void watch_log();
    std::int64_t log_pages() const;
    Result<Checkpoint> checkpoint(CheckpointKind kind);
    // Copies this whole database, as it is at one moment, into a new file.
    Status copy_to(const std::string& path);

  private:
    struct Parts;
    explicit Connection(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace cambist::sql
