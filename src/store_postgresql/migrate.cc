// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/migrate.h"

#include <optional>
#include <string>

namespace cambist::store_postgresql {
namespace {

using postgresql::Connection;
using postgresql::Query;

// Held for the length of a transaction by whoever changes the schema. "camb", "sche".
constexpr const char* kLock = "SELECT pg_advisory_xact_lock(1667329378,1935894629)";

// Empty: there is no table of ours yet.
Result<std::optional<std::int64_t>> load_version(Connection& connection) {
    CAMBIST_TRY(const auto table, connection.run(Query("SELECT to_regclass('meta') IS NOT NULL")));
    if (table.int64(0, 0) == 0) return std::nullopt;
    CAMBIST_TRY(const auto rows,
                connection.run(Query("SELECT value FROM meta WHERE name='schema'")));
    if (rows.empty())
        return fail(ErrorCode::kStoreUnavailable,
                    "the database has a table 'meta' that is not of cambist");
    return rows.int64(0, 0);
}

// CREATE SCHEMA IF NOT EXISTS demands the right to create one even where it is there already.
Status make_schema(Connection& connection, const std::string& schema) {
    CAMBIST_TRY(const auto rows,
                connection.run(Query("SELECT to_regnamespace($1) IS NOT NULL").text(schema)));
    if (rows.int64(0, 0) != 0) return {};
    return connection.run_script("CREATE SCHEMA " + schema);
}

// The first step that is missing; false: there is none. Inside a transaction that holds the lock.
Result<bool> migrate_once(Connection& connection, const std::string& schema) {
    CAMBIST_CHECK(make_schema(connection, schema));
    CAMBIST_TRY(const auto version, load_version(connection));
    CAMBIST_CHECK(refuse_newer(version.value_or(0)));
    for (const auto& migration : migrations()) {
        if (migration.number <= version.value_or(0)) continue;
        CAMBIST_CHECK(connection.run_script(migration.sql));
        CAMBIST_CHECK(
            connection.execute(Query("INSERT INTO meta VALUES('schema',$1) ON CONFLICT(name) "
                                     "DO UPDATE SET value=excluded.value")
                                   .number(migration.number)));
        return true;
    }
    return false;
}

}  // namespace

Status refuse_newer(std::int64_t version) {
    const auto newest = migrations().back().number;
    if (version <= newest) return {};
    return fail(ErrorCode::kSchemaTooNew, "the database has schema " + std::to_string(version) +
                                              ", this version of cambist knows " +
                                              std::to_string(newest) +
                                              ": use the newer cambist, or restore a backup");
}

Status migrate(Connection& connection, const std::string& schema) {
    while (true) {
        CAMBIST_CHECK(connection.run_script(std::string("BEGIN; ") + kLock));
        auto changed = migrate_once(connection, schema);
        if (!changed) {
            // The reason is what counts; the connection is closed by who called.
            static_cast<void>(connection.run_script("ROLLBACK").has_value());
            return std::unexpected(std::move(changed).error());
        }
        CAMBIST_CHECK(connection.run_script("COMMIT"));
        if (!*changed) return {};
    }
}

Status check_schema(Connection& connection) {
    CAMBIST_TRY(const auto version, load_version(connection));
    CAMBIST_CHECK(refuse_newer(version.value_or(0)));
    const auto newest = migrations().back().number;
    if (version.value_or(0) == newest) return {};
    return fail(ErrorCode::kStoreUnavailable,
                (version ? "the database has schema " + std::to_string(*version)
                         : std::string("the database has no tables of cambist")) +
                    ", needed is schema " + std::to_string(newest) +
                    ": run cambist migrate, or start a server that may (--migrate auto)");
}

}  // namespace cambist::store_postgresql
