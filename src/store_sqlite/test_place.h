// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "store_sqlite/sqlite_store.h"

namespace cambist::store_sqlite {

// A folder of its own for the database of one test.
class Place {
  public:
    Place() {
        std::string pattern = (std::filesystem::temp_directory_path() / "cambist_XXXXXX").string();
        CAMBIST_ASSERT(mkdtemp(pattern.data()) != nullptr);
        folder_ = pattern;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    const std::string& folder() const { return folder_; }
    std::string path() const { return folder_ + "/cambist.db"; }

    Result<std::unique_ptr<SqliteStore>> open(Mode mode = Mode::kServe) {
        SqliteSettings settings;
        settings.mode = mode;
        return open(settings);
    }
    Result<std::unique_ptr<SqliteStore>> open(SqliteSettings settings) {
        settings.path = path();
        return SqliteStore::open(settings, {clock_, random_, log_, metrics_});
    }

  private:
    SystemClock clock_;
    SystemRandom random_;
    Log log_{clock_};
    Metrics metrics_;
    std::string folder_;
};

}  // namespace cambist::store_sqlite
