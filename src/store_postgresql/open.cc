// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/open.h"

#include <algorithm>
#include <chrono>

#include "base/base64url.h"
#include "store/chain.h"
#include "store_postgresql/migrate.h"

namespace cambist::store_postgresql {
namespace {

using postgresql::Connection;
using postgresql::Query;

constexpr std::int64_t kOldestServer = 12;

std::string set(const std::string& name, std::chrono::milliseconds value) {
    return "SET " + name + "=" + std::to_string(value.count()) + ";";
}

// The schema's name stands in statements as it is.
bool is_plain_name(const std::string& name) {
    return !name.empty() && name.size() < 64 &&
           std::ranges::all_of(
               name,
               [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

Status check_server(Connection& connection, const store::Surroundings& around) {
    CAMBIST_TRY(const auto rows,
                connection.run(Query("SELECT current_setting('server_version_num')::bigint/10000,"
                                     "current_setting('fsync')='off'")));
    if (rows.int64(0, 0) < kOldestServer)
        return fail(ErrorCode::kStoreUnavailable, "PostgreSQL " + std::to_string(rows.int64(0, 0)) +
                                                      " is too old, needed is " +
                                                      std::to_string(kOldestServer) + " or newer");
    if (rows.int64(0, 1) != 0)
        around.log.warn("store.not_durable",
                        {{"meaning",
                          "the database runs with fsync=off: a crash of its machine "
                          "can lose what was answered"}});
    return {};
}

// Made by whoever comes first, and kept: a ULID.
Status make_head(Connection& connection, const store::Surroundings& around) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(around.clock.now());
    return connection.execute(
        Query("INSERT INTO audit_head VALUES(true,$1,0,$2) ON CONFLICT DO NOTHING")
            .text(make_ulid(around.random, now.time_since_epoch().count()))
            .bytes(*hex_decode(store::kChainStart)));
}

// The database's name, after a check that the end of the chain is whole. One statement, because
// other nodes go on writing.
Result<std::string> load_node(Connection& connection) {
    CAMBIST_TRY(const auto rows,
                connection.run(Query("SELECT h.node,h.sequence,h.hash,a.previous,a.body,"
                                     "(SELECT max(sequence) FROM audit) FROM audit_head h "
                                     "LEFT JOIN audit a ON a.sequence=h.sequence")));
    if (rows.empty()) return fail(ErrorCode::kAuditBroken, "the audit chain has lost its head");
    auto node = rows.text(0, 0);
    const auto sequence = rows.int64(0, 1);
    const auto hash = hex_encode(rows.bytes(0, 2));
    const bool is_whole =
        sequence == rows.int64(0, 5) &&
        hash == (sequence == 0 ? std::string(store::kChainStart)
                               : store::chain_hash(node, sequence, hex_encode(rows.bytes(0, 3)),
                                                   rows.bytes(0, 4)));
    if (is_whole) return node;
    return fail(ErrorCode::kAuditBroken, "the newest audit record, number " +
                                             std::to_string(sequence) +
                                             ", does not match its hash: somebody changed it");
}

}  // namespace

Result<Connection> open_connection(const PostgresqlSettings& settings) {
    const auto purpose = settings.mode == Mode::kServe ? postgresql::Purpose::kWriting
                                                       : postgresql::Purpose::kReading;
    CAMBIST_TRY(auto connection, Connection::open(*settings.url, settings.timeouts, purpose));
    std::string script = "SET search_path=" + settings.schema + ";SET client_min_messages=error;" +
                         set("statement_timeout", settings.statement) +
                         set("lock_timeout", settings.lock) +
                         set("idle_in_transaction_session_timeout", settings.idle_transaction);
    // A commit returns when it is on the disk, whatever the database's default is.
    script +=
        "SELECT set_config('synchronous_commit','on',false) "
        "WHERE current_setting('synchronous_commit')='off';";
    if (settings.mode == Mode::kReadOnly) script += "SET default_transaction_read_only=on;";
    CAMBIST_CHECK(connection.run_script(script));
    return connection;
}

Result<std::string> open_database(const PostgresqlSettings& settings,
                                  const store::Surroundings& around) {
    if (!is_plain_name(settings.schema))
        return fail(ErrorCode::kConfigInvalid, "a schema's name is lower-case letters, digits, _");
    CAMBIST_TRY(auto connection, open_connection(settings));
    CAMBIST_CHECK(check_server(connection, around));
    const bool serves = settings.mode == Mode::kServe;
    if (serves && settings.migrates) CAMBIST_CHECK(migrate(connection, settings.schema));
    CAMBIST_CHECK(check_schema(connection));
    if (serves) CAMBIST_CHECK(make_head(connection, around));
    return load_node(connection);
}

}  // namespace cambist::store_postgresql
