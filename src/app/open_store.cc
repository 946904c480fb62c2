// SPDX-License-Identifier: Apache-2.0
#include "app/open_store.h"

namespace cambist::app {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

}  // namespace

std::string store_path(const std::string& url) {
    return url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : std::string();
}

Result<std::unique_ptr<store::Store>> open_store(const std::string& url, Access access,
                                                 const store_sqlite::Surroundings& surroundings) {
    const auto path = store_path(url);
    if (path.empty())
        return fail(ErrorCode::kConfigInvalid, "'" + url + "' is no store; write sqlite:PATH");
    const auto mode =
        access == Access::kServe ? store_sqlite::Mode::kServe : store_sqlite::Mode::kReadOnly;
    CAMBIST_TRY(auto store, store_sqlite::SqliteStore::open(path, mode, surroundings));
    return std::unique_ptr<store::Store>(std::move(store));
}

}  // namespace cambist::app
