// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

// The inside of a Connection: bytes in and out before a deadline. Included by connection.cc only.
namespace cambist::postgresql {

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

// libpq's connection in non-blocking mode, and what went wrong with it last. After a failure of the
// connection itself (and not of a statement) it is closed and stays so.
class Session {
  public:
    using Deadline = std::chrono::steady_clock::time_point;

    // must_write: a database that can only be read is as good as none.
    Session(PGconn* connection, std::chrono::seconds answer, bool must_write)
        : connection_(connection), answer_(answer), must_write_(must_write) {}

    PGconn* get() const { return connection_.get(); }
    bool is_broken() const { return connection_ == nullptr; }
    const std::string& sql_state() const { return sql_state_; }
    void forget_failure() { sql_state_.clear(); }
    Deadline deadline() const { return std::chrono::steady_clock::now() + answer_; }

    // The next result, null where libpq ends a statement's; sends what is left to be sent first.
    Result<ResultPtr> receive(Deadline deadline);
    // See Connection::wait_for_notice().
    Result<bool> wait_for_notice(std::chrono::milliseconds timeout, int interrupt);
    // The Error of a result; kConflict for a broken constraint, else kStoreUnavailable.
    Error error_of(const PGresult* result, std::string_view what);
    // The Error of a connection that can not be used any more; closes it.
    std::unexpected<Error> lose(std::string_view what);

  private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    Status wait(Deadline deadline);

    std::unique_ptr<PGconn, Finish> connection_;
    std::chrono::seconds answer_;
    bool must_write_;
    std::string sql_state_;
};

}  // namespace cambist::postgresql
