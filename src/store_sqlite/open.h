// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "base/result.h"
#include "sql/connection.h"
#include "store_sqlite/apply.h"
#include "store_sqlite/file_lock.h"
#include "store_sqlite/settings.h"
#include "store_sqlite/sqlite_store.h"

namespace cambist::store_sqlite {

// A file that was checked and is ready. Without writer and checkpointer: for reading only;
// without lock: another process may serve from it.
struct OpenedFile {
    std::optional<FileLock> lock;
    std::optional<sql::Connection> writer;
    std::optional<sql::Connection> checkpointer;
    ChainHead head;
};

// See SqliteStore::open.
Result<OpenedFile> open_file(const SqliteSettings& settings, const Surroundings& surroundings);

Result<sql::Connection> open_reader(const SqliteSettings& settings);

}  // namespace cambist::store_sqlite
