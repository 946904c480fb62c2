// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "sql/connection.h"

namespace cambist::store_sqlite {

// A bounded pool of connections for reading, opened as they are needed. Thread-safe.
class Readers {
  public:
    using Open = std::function<Result<sql::Connection>()>;
    Readers(std::size_t most, Open open) : most_(most), open_(std::move(open)) {}

    // A connection on loan; goes back with the object. For one thread.
    class Lease {
      public:
        Lease(const Readers& pool, sql::Connection connection)
            : pool_(pool), connection_(std::move(connection)) {}
        Lease(Lease&& other) noexcept
            : pool_(other.pool_), connection_(std::exchange(other.connection_, std::nullopt)) {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        sql::Connection& operator*() { return *connection_; }
        sql::Connection* operator->() { return &*connection_; }

      private:
        friend class Readers;
        const Readers& pool_;
        std::optional<sql::Connection> connection_;
    };
    // Waits while all are on loan. Take no second one while you hold one.
    Result<Lease> borrow() const;

  private:
    struct Pool {
        std::vector<sql::Connection> idle;
        std::size_t opened = 0;
    };
    void give_back(sql::Connection connection) const;

    const std::size_t most_;
    const Open open_;
    Guarded<Pool> pool_;
};

}  // namespace cambist::store_sqlite
