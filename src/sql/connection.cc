// SPDX-License-Identifier: Apache-2.0
#include "sql/connection.h"

#include <sqlite3.h>

#include <unordered_map>

namespace cambist::sql {
namespace {

template <auto Free>
struct Deleter {
    void operator()(auto* pointer) const { Free(pointer); }
};
using DatabasePtr = std::unique_ptr<sqlite3, Deleter<sqlite3_close_v2>>;
using StatementPtr = std::unique_ptr<sqlite3_stmt, Deleter<sqlite3_finalize>>;

struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

int keep_log_length(void* length, sqlite3* /*database*/, const char* /*name*/, int pages) {
    *static_cast<std::int64_t*>(length) = pages;
    return SQLITE_OK;
}

Result<DatabasePtr> open_database(const std::string& path, int flags) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    DatabasePtr database(raw);
    if (code != SQLITE_OK) return sqlite_error(raw, "open " + path);
    sqlite3_extended_result_codes(raw, 1);
    return database;
}

}  // namespace

struct Connection::Parts {
    DatabasePtr database;
    std::unordered_map<std::string, StatementPtr, Hash, std::equal_to<>> statements;
    std::int64_t log_pages = 0;
};

Connection::Connection(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const std::string& path, Access access) {
    // A connection never serves two threads at once, so SQLite's own lock is not needed.
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                      (access == Access::kReadOnly ? SQLITE_OPEN_READONLY
                                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    CAMBIST_TRY(auto database, open_database(path, flags));
    sqlite3_db_config(database.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    auto parts = std::make_unique<Parts>();
    parts->database = std::move(database);
    return Connection(std::move(parts));
}

Result<Statement> Connection::prepare(std::string_view sql) {
    const auto known = parts_->statements.find(sql);
    if (known != parts_->statements.end()) {
        CAMBIST_ASSERT(sqlite3_stmt_busy(known->second.get()) == 0);
        return Statement(known->second.get());
    }
    sqlite3_stmt* raw = nullptr;
    const int code =
        sqlite3_prepare_v3(parts_->database.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    StatementPtr statement(raw);
    if (code != SQLITE_OK) return sqlite_error(parts_->database.get(), sql);
    CAMBIST_ASSERT(raw != nullptr);  // an empty text is no statement
    parts_->statements.emplace(sql, std::move(statement));
    return Statement(raw);
}

Status Connection::execute(const std::string& script) {
    if (sqlite3_exec(parts_->database.get(), script.c_str(), nullptr, nullptr, nullptr) !=
        SQLITE_OK)
        return sqlite_error(parts_->database.get(), script.substr(0, 80));
    return {};
}

Result<std::int64_t> Connection::query_int64(std::string_view sql) {
    CAMBIST_TRY(auto statement, prepare(sql));
    CAMBIST_TRY(const bool is_row, statement.step());
    return is_row ? statement.int64(0) : 0;
}

std::int64_t Connection::changes() const { return sqlite3_changes64(parts_->database.get()); }

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(parts_->database.get()) == 0;
}

void Connection::set_busy_timeout(int milliseconds) {
    sqlite3_busy_timeout(parts_->database.get(), milliseconds);
}

void Connection::watch_log() {
    sqlite3_wal_hook(parts_->database.get(), keep_log_length, &parts_->log_pages);
}

std::int64_t Connection::log_pages() const { return parts_->log_pages; }

Result<Checkpoint> Connection::checkpoint(CheckpointKind kind) {
    const int mode =
        kind == CheckpointKind::kPassive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
    int pages = 0;
    int moved = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(parts_->database.get(), nullptr, mode, &pages, &moved);
    if (code != SQLITE_OK && code != SQLITE_BUSY)
        return sqlite_error(parts_->database.get(), "checkpoint");
    return Checkpoint{.done = code == SQLITE_OK, .pages = pages, .pages_moved = moved};
}

Status Connection::copy_to(const std::string& path) {
    CAMBIST_TRY(const auto target, open_database(path, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE |
                                                           SQLITE_OPEN_CREATE));
    sqlite3_backup* backup =
        sqlite3_backup_init(target.get(), "main", parts_->database.get(), "main");
    if (backup == nullptr) return sqlite_error(target.get(), "back up to " + path);
    // All pages in one step: writers go on beside it, but between two steps they would make it
    // start again.
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK)
        return sqlite_error(target.get(), "back up to " + path);
    return {};
}

}  // namespace cambist::sql
