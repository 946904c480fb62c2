// SPDX-License-Identifier: Apache-2.0
#include "app/open_store.h"

#include "postgresql/url.h"
#include "store_postgresql/postgresql_store.h"
#include "store_sqlite/sqlite_store.h"

namespace cambist::app {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

Result<std::unique_ptr<store::Store>> open_sqlite(const std::string& path, Access access,
                                                  const store::Surroundings& surroundings,
                                                  const StoreOptions& options) {
    store_sqlite::SqliteSettings settings;
    settings.path = path;
    settings.migrates = options.migrate;
    settings.mode = access == Access::kServe    ? store_sqlite::Mode::kServe
                    : access == Access::kBeside ? store_sqlite::Mode::kBeside
                                                : store_sqlite::Mode::kReadOnly;
    CAMBIST_TRY(auto store, store_sqlite::SqliteStore::open(std::move(settings), surroundings));
    return std::unique_ptr<store::Store>(std::move(store));
}

Result<std::unique_ptr<store::Store>> open_postgresql(const Secret& url, Access access,
                                                      const store::Surroundings& surroundings,
                                                      const StoreOptions& options) {
    store_postgresql::PostgresqlSettings settings;
    settings.migrates = options.migrate;
    settings.notifies = !options.poll_only;
    CAMBIST_TRY(auto parsed, postgresql::Url::parse(url.expose()));
    settings.url = std::make_shared<const postgresql::Url>(std::move(parsed));
    settings.mode = access == Access::kReadOnly ? store_postgresql::Mode::kReadOnly
                                                : store_postgresql::Mode::kServe;
    if (access == Access::kBeside) settings.migrates = false;
    CAMBIST_TRY(auto store, store_postgresql::PostgresqlStore::open(settings, surroundings));
    return std::unique_ptr<store::Store>(std::move(store));
}

}  // namespace

std::string store_path(const Secret& url) {
    const auto text = url.expose();
    return std::string(text.starts_with(kSqlite) ? text.substr(kSqlite.size()) : "");
}

bool is_shared_store(const Secret& url) { return postgresql::is_url(url.expose()); }

Result<std::unique_ptr<store::Store>> open_store(const Secret& url, Access access,
                                                 const store::Surroundings& surroundings,
                                                 const StoreOptions& options) {
    if (is_shared_store(url)) return open_postgresql(url, access, surroundings, options);
    const auto path = store_path(url);
    if (path.empty())
        return fail(ErrorCode::kConfigInvalid,
                    "the store is neither sqlite:PATH nor postgresql://USER@HOST/DATABASE");
    return open_sqlite(path, access, surroundings, options);
}

}  // namespace cambist::app
