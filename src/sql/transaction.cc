// SPDX-License-Identifier: Apache-2.0
#include "sql/transaction.h"

namespace cambist::sql {
namespace {

Status run(Connection& connection, std::string_view sql) {
    CAMBIST_TRY(auto statement, connection.prepare(sql));
    return statement.run();
}

// SQLite ends a transaction by itself after some errors; then there is nothing left to roll back.
// A rollback that fails leaves nothing to be done but to report what came before it.
void roll_back(Connection& connection, std::string_view sql) {
    if (connection.in_transaction()) static_cast<void>(run(connection, sql).has_value());
}

}  // namespace

Result<Transaction> Transaction::begin(Connection& connection) {
    CAMBIST_CHECK(run(connection, "BEGIN IMMEDIATE"));
    return Transaction(connection);
}

Transaction::~Transaction() {
    if (connection_ != nullptr) roll_back(*connection_, "ROLLBACK");
}

Status Transaction::commit() {
    Connection& connection = *std::exchange(connection_, nullptr);
    auto status = run(connection, "COMMIT");
    if (!status) roll_back(connection, "ROLLBACK");
    return status;
}

Result<Savepoint> Savepoint::begin(Connection& connection) {
    CAMBIST_CHECK(run(connection, "SAVEPOINT batch"));
    return Savepoint(connection);
}

Savepoint::~Savepoint() {
    if (connection_ == nullptr) return;
    roll_back(*connection_, "ROLLBACK TO batch");
    roll_back(*connection_, "RELEASE batch");
}

Status Savepoint::release() { return run(*std::exchange(connection_, nullptr), "RELEASE batch"); }

}  // namespace cambist::sql
