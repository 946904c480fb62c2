// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "base/result.h"
#include "store/store.h"
#include "store_sqlite/sqlite_store.h"

namespace cambist::app {

enum class Access : std::uint8_t { kServe, kReadOnly };

// "sqlite:PATH". kConfigInvalid for another scheme.
Result<std::unique_ptr<store::Store>> open_store(const std::string& url, Access access,
                                                 const store_sqlite::Surroundings& surroundings);
// The file behind the URL; empty when there is none.
std::string store_path(const std::string& url);

}  // namespace cambist::app
