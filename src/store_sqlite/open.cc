// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/open.h"

#include <chrono>

#include "base/base64url.h"
#include "store/chain.h"
#include "store_sqlite/migrate.h"

namespace cambist::store_sqlite {
namespace {

std::string cache_size(std::size_t kib) {
    return "PRAGMA cache_size=-" + std::to_string(kib) + ';';
}

Status set_write_ahead(sql::Connection& connection) {
    CAMBIST_TRY(auto mode, connection.prepare("PRAGMA journal_mode=WAL"));
    CAMBIST_TRY(const bool is_row, mode.step());
    if (is_row && mode.text(0) == "wal") return {};
    return fail(ErrorCode::kStoreUnavailable,
                "the file system can not hold the database: it has no shared memory maps (no "
                "network file systems)");
}

bool may_migrate(const SqliteSettings& settings) {
    return settings.migrates && settings.mode == Mode::kServe;
}

Result<sql::Connection> open_writing(const SqliteSettings& settings) {
    CAMBIST_TRY(auto connection, sql::Connection::open(settings.path, sql::Access::kReadWrite));
    connection.set_busy_timeout(kBusyMs);
    CAMBIST_CHECK(check_schema(
        connection, may_migrate(settings) ? sql::Access::kReadWrite : sql::Access::kReadOnly));
    CAMBIST_CHECK(set_write_ahead(connection));
    // A commit returns when it is on the disk. The log gives back what a burst made it grow, but
    // keeps the length it has under load: to cut it and to let it grow again waits for the disk.
    constexpr std::size_t kPageAndHead = 4096 + 24;
    const auto keeps = (settings.max_log_pages + 4 * settings.checkpoint_pages) * kPageAndHead;
    CAMBIST_CHECK(
        connection.execute("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; "
                           "PRAGMA cell_size_check=ON; PRAGMA journal_size_limit=" +
                           std::to_string(keeps) + ';' + cache_size(settings.writer_cache_kib)));
    return connection;
}

Result<std::string> load_node(sql::Connection& connection) {
    CAMBIST_TRY(auto select, connection.prepare("SELECT value FROM meta WHERE name='node'"));
    CAMBIST_TRY(const bool is_row, select.step());
    return is_row ? std::string(select.text(0)) : std::string();
}

// Made once and kept: a ULID.
Result<std::string> load_or_make_node(sql::Connection& connection, const Surroundings& around) {
    CAMBIST_TRY(auto node, load_node(connection));
    if (!node.empty()) return node;
    const auto now = std::chrono::floor<std::chrono::milliseconds>(around.clock.now());
    node = make_ulid(around.random, now.time_since_epoch().count());
    CAMBIST_TRY(auto insert, connection.prepare("INSERT INTO meta VALUES('node',?1)"));
    CAMBIST_CHECK(insert.bind(1, node).run());
    return node;
}

// The end of the chain, after a check that it is whole.
Result<ChainHead> load_head(sql::Connection& connection, std::string node) {
    ChainHead head{std::move(node), 0, std::string(store::kChainStart)};
    CAMBIST_TRY(auto select, connection.prepare("SELECT sequence,previous,hash,body FROM audit "
                                                "ORDER BY sequence DESC LIMIT 1"));
    CAMBIST_TRY(const bool is_row, select.step());
    if (!is_row) return head;
    head.sequence = select.int64(0);
    head.hash = hex_encode(select.blob(2));
    const auto hash =
        store::chain_hash(head.node, head.sequence, hex_encode(select.blob(1)), select.blob(3));
    if (hash != head.hash)
        return fail(ErrorCode::kAuditBroken, "the newest audit record, number " +
                                                 std::to_string(head.sequence) +
                                                 ", does not match its hash: somebody changed it");
    return head;
}

}  // namespace

Result<sql::Connection> open_reader(const SqliteSettings& settings) {
    CAMBIST_TRY(auto connection, sql::Connection::open(settings.path, sql::Access::kReadOnly));
    connection.set_busy_timeout(kBusyMs);
    CAMBIST_CHECK(
        connection.execute("PRAGMA query_only=ON;" + cache_size(settings.reader_cache_kib)));
    return connection;
}

Result<OpenedFile> open_file(const SqliteSettings& settings, const Surroundings& surroundings) {
    OpenedFile file;
    if (settings.mode == Mode::kReadOnly) {
        CAMBIST_TRY(auto reader, open_reader(settings));
        CAMBIST_CHECK(check_schema(reader, sql::Access::kReadOnly));
        CAMBIST_TRY(file.head.node, load_node(reader));
        return file;
    }
    if (settings.mode == Mode::kBeside) {
        CAMBIST_CHECK(open_reader(settings));  // which makes no file
    } else {
        CAMBIST_TRY(file.lock, FileLock::take(settings.path));
        CAMBIST_CHECK(make_private(settings.path));
    }
    CAMBIST_TRY(auto writer, open_writing(settings));
    if (may_migrate(settings)) CAMBIST_CHECK(migrate(writer));
    writer.watch_log();
    CAMBIST_TRY(auto node, load_or_make_node(writer, surroundings));
    CAMBIST_TRY(file.head, load_head(writer, std::move(node)));
    CAMBIST_TRY(file.checkpointer, open_writing(settings));
    file.writer = std::move(writer);
    return file;
}

}  // namespace cambist::store_sqlite
