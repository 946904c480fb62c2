// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "postgresql/connection.h"

namespace cambist::postgresql {

struct PoolSettings {
    std::size_t most = 8;                      // connections, opened as they are needed
    std::chrono::milliseconds patience{2000};  // for one to come back
    // After a connection could not be made, how long nobody else tries: a database that is down
    // must not cost every request the time-out of a connect.
    std::chrono::milliseconds pause{250};
};

// A bounded pool of connections. Thread-safe.
class Pool {
  public:
    using Open = std::function<Result<Connection>()>;
    // Any writing or reading, inside an open transaction; may be called more than once, after all
    // that it did before was undone.
    using Work = std::function<Status(Connection&)>;

    Pool(const PoolSettings& settings, Open open) : settings_(settings), open_(std::move(open)) {}

    // A connection on loan; goes back with the object, unless it is broken or in a transaction.
    class Lease {
      public:
        Lease(const Pool& pool, Connection connection, bool is_fresh)
            : pool_(pool), connection_(std::move(connection)), is_fresh_(is_fresh) {}
        Lease(Lease&& other) noexcept
            : pool_(other.pool_),
              connection_(std::exchange(other.connection_, std::nullopt)),
              is_fresh_(other.is_fresh_) {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        Connection& operator*() { return *connection_; }
        Connection* operator->() { return &*connection_; }
        // It was opened for this loan, and did not lie idle while the database was restarted.
        bool is_fresh() const { return is_fresh_; }

      private:
        const Pool& pool_;
        std::optional<Connection> connection_;
        bool is_fresh_;
    };
    // Waits a bounded time while all are on loan, then kOverloaded. Take no second one while you
    // hold one.
    Result<Lease> borrow() const;

    // One statement that only reads; done again on a new connection when an idle one has died.
    Result<Rows> read(const Query& query) const;
    // A transaction (READ COMMITTED), done again a bounded number of times when another was in the
    // way or the connection was lost before the commit was sent. After a commit whose answer was
    // lost it may be in force or not: kStoreUnavailable.
    Status transact(const Work& work) const;

  private:
    struct State {
        std::vector<Connection> idle;
        std::size_t opened = 0;
        std::chrono::steady_clock::time_point closed_until;
        std::optional<Error> failure;  // why nothing is opened until then
    };
    enum class Next : std::uint8_t { kDone, kAgain };
    void give_back(Connection connection) const;
    void forget_idle() const;
    Result<Lease> open_one() const;
    Result<Next> try_once(const Work& work, int attempt) const;

    const PoolSettings settings_;
    const Open open_;
    Guarded<State> state_;
};

}  // namespace cambist::postgresql
