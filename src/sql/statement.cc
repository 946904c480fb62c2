// SPDX-License-Identifier: Apache-2.0
#include "sql/statement.h"

#include <sqlite3.h>

#include <string>

namespace cambist::sql {

std::unexpected<Error> sqlite_error(sqlite3* database, std::string_view what) {
    const int code = database != nullptr ? sqlite3_extended_errcode(database) : SQLITE_NOMEM;
    std::string detail(what);
    detail += ": ";
    detail += database != nullptr ? sqlite3_errmsg(database) : "out of memory";
    detail += " (SQLite " + std::to_string(code) + ")";
    const int primary = code & 0xff;
    if (primary == SQLITE_CONSTRAINT) return fail(ErrorCode::kConflict, {}, std::move(detail));
    std::string hint;
    if (primary == SQLITE_FULL) hint = "the disk is full";
    if (primary == SQLITE_CORRUPT) hint = "the database file is damaged: restore a backup";
    if (primary == SQLITE_NOTADB) hint = "the file is no database of cambist";
    if (primary == SQLITE_READONLY) hint = "the database can only be read here";
    return fail(ErrorCode::kStoreUnavailable, std::move(hint), std::move(detail));
}

Statement::~Statement() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);  // repeats the error that step() has reported already
    sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(int index, std::string_view text) {
    const char* data = text.data() != nullptr ? text.data() : "";  // a null pointer binds NULL
    CAMBIST_ASSERT(sqlite3_bind_text64(statement_, index, data, text.size(),
                                       SQLITE_TRANSIENT,  // NOLINT(performance-no-int-to-ptr)
                                       SQLITE_UTF8) == SQLITE_OK);
    return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
    const char* data = bytes.data() != nullptr ? bytes.data() : "";
    CAMBIST_ASSERT(sqlite3_bind_blob64(statement_, index, data, bytes.size(),
                                       SQLITE_TRANSIENT) ==  // NOLINT(performance-no-int-to-ptr)
                   SQLITE_OK);
    return *this;
}

Statement& Statement::bind_int64(int index, std::int64_t number) {
    CAMBIST_ASSERT(sqlite3_bind_int64(statement_, index, number) == SQLITE_OK);
    return *this;
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return sqlite_error(sqlite3_db_handle(statement_), sqlite3_sql(statement_));
}

Status Statement::run() {
    while (true) {
        CAMBIST_TRY(const bool is_row, step());
        if (!is_row) return {};
    }
}

std::int64_t Statement::int64(int column) const {
    CAMBIST_ASSERT(column >= 0 && column < sqlite3_data_count(statement_));
    return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
    CAMBIST_ASSERT(column >= 0 && column < sqlite3_data_count(statement_));
    const auto* bytes = sqlite3_column_text(statement_, column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::blob(int column) const {
    CAMBIST_ASSERT(column >= 0 && column < sqlite3_data_count(statement_));
    const void* bytes = sqlite3_column_blob(statement_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace cambist::sql
