// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "postgresql/query.h"
#include "postgresql/rows.h"
#include "postgresql/url.h"

namespace cambist::postgresql {

// Bounds on what a database that hangs can cost; the URL's connect_timeout wins over the first.
struct Timeouts {
    std::chrono::seconds connect{5};  // per host of the URL
    std::chrono::seconds answer{15};  // to one round trip, after which the connection is given up
};

// What the database has to be good for. A standby, or a primary that another has followed, is
// passed over where we have to write: of several hosts of the URL the one that takes writes is
// found at each connect, and a connection to one that does not take them any more is given up.
enum class Purpose : std::uint8_t { kReading, kWriting };

// What several statements of one round trip gave: the rows of those that were run, and why the one
// after them failed.
struct Outcome {
    std::vector<Rows> rows;
    Status status;
};

// One connection to PostgreSQL, with its prepared statements. For one thread at a time; may be
// handed from thread to thread. Every failure is an Error with PostgreSQL's message in `detail`;
// neither names a value.
class Connection {
  public:
    // kStoreUnavailable when there is no database that takes us, or it is not kept in UTF-8.
    static Result<Connection> open(const Url& url, const Timeouts& timeouts,
                                   Purpose purpose = Purpose::kReading);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    Result<Rows> run(const Query& query);
    // As run(), for who needs no rows.
    Status execute(const Query& query);
    // All in one round trip, in order; what comes after a failure is not run. Outside of a
    // transaction they are one of their own.
    Outcome run_all(std::span<const Query> queries);
    // Any number of statements without parameters; rows are passed over.
    Status run_script(const std::string& script);

    // After a LISTEN: waits until somebody notified us, the time is over or the descriptor
    // `interrupt` (-1: none) can be read. Whether a notification came; all that came are forgotten.
    Result<bool> wait_for_notice(std::chrono::milliseconds timeout, int interrupt);

    // The SQLSTATE of the last failure: five characters, or empty when it was not PostgreSQL that
    // failed but the connection.
    const std::string& sql_state() const;
    // The last failure is of those that go when everything is done again: another transaction was
    // in the way, and nothing of this one is left.
    bool should_retry() const;
    // It can not be used any more.
    bool is_broken() const;
    // Open, in no transaction, nothing under way.
    bool is_idle() const;

  private:
    struct Parts;
    explicit Connection(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace cambist::postgresql
