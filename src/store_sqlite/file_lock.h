// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>

#include "base/result.h"

namespace cambist::store_sqlite {

// The right to serve from a database file, as a lock on "<path>.lock": of one process at a time,
// and gone with it however it ends. (On a file of its own: closing any descriptor of the database
// file would drop SQLite's locks.)
class FileLock {
  public:
    // kStoreUnavailable when another holds it; the hint names the process.
    static Result<FileLock> take(const std::string& database_path);
    FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    FileLock& operator=(FileLock&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~FileLock();

  private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

// Makes an empty file of mode 0600, or takes the rights of others away from the one that is there.
Status make_private(const std::string& path);
// Makes the entries of the folder of `path` durable.
Status sync_folder_of(const std::string& path);

}  // namespace cambist::store_sqlite
