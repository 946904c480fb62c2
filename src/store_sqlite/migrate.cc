// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/migrate.h"

#include <string>

#include "sql/transaction.h"

namespace cambist::store_sqlite {
namespace {

constexpr std::int64_t kApplication = 0x63616d62;  // "camb", at offset 68 of the file

}  // namespace

Status check_schema(sql::Connection& connection, sql::Access access) {
    CAMBIST_TRY(const auto application, connection.query_int64("PRAGMA application_id"));
    CAMBIST_TRY(const auto version, connection.query_int64("PRAGMA user_version"));
    CAMBIST_TRY(const auto tables, connection.query_int64("SELECT count(*) FROM sqlite_schema"));
    if (application != kApplication && (application != 0 || tables != 0))
        return fail(ErrorCode::kStoreUnavailable, "the file is no database of cambist");
    const std::int64_t newest = migrations().back().number;
    if (version > newest)
        return fail(ErrorCode::kSchemaTooNew, "the database has schema " + std::to_string(version) +
                                                  ", this version of cambist knows " +
                                                  std::to_string(newest) +
                                                  ": use the newer cambist, or restore a backup");
    if (access == sql::Access::kReadOnly && version < newest)
        return fail(ErrorCode::kStoreUnavailable,
                    "the database has schema " + std::to_string(version) + ", needed is " +
                        std::to_string(newest) +
                        ": run cambist migrate, or start a server that may (--migrate auto)");
    return {};
}

Status migrate(sql::Connection& connection) {
    CAMBIST_TRY(const auto version, connection.query_int64("PRAGMA user_version"));
    for (const auto& migration : migrations()) {
        if (migration.number <= version) continue;
        CAMBIST_TRY(auto transaction, sql::Transaction::begin(connection));
        CAMBIST_CHECK(connection.execute(migration.sql));
        CAMBIST_CHECK(
            connection.execute("PRAGMA application_id=" + std::to_string(kApplication) +
                               "; PRAGMA user_version=" + std::to_string(migration.number)));
        CAMBIST_CHECK(transaction.commit());
    }
    return {};
}

}  // namespace cambist::store_sqlite
