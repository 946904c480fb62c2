// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sql/connection.h"

namespace cambist::sql {

// A write transaction that is rolled back unless it was committed.
class Transaction {
  public:
    static Result<Transaction> begin(Connection& connection);
    Transaction(Transaction&& other) noexcept
        : connection_(std::exchange(other.connection_, nullptr)) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    // Durable afterwards. After a failure everything is rolled back.
    Status commit();

  private:
    explicit Transaction(Connection& connection) : connection_(&connection) {}
    Connection* connection_;
};

// A part of a transaction that can be undone alone: rolled back unless it was released.
class Savepoint {
  public:
    static Result<Savepoint> begin(Connection& connection);
    Savepoint(Savepoint&& other) noexcept
        : connection_(std::exchange(other.connection_, nullptr)) {}
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;
    Savepoint& operator=(Savepoint&&) = delete;
    ~Savepoint();

    Status release();

  private:
    explicit Savepoint(Connection& connection) : connection_(&connection) {}
    Connection* connection_;
};

}  // namespace cambist::sql
