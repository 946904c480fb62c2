// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.h"
#include "postgresql/connection.h"
#include "store/surroundings.h"
#include "store_postgresql/settings.h"

namespace cambist::store_postgresql {

// A connection with the session's bounds and our schema in its path.
Result<postgresql::Connection> open_connection(const PostgresqlSettings& settings);

// Makes the database ready for this process; returns its name in the audit chain. See
// PostgresqlStore::open.
Result<std::string> open_database(const PostgresqlSettings& settings,
                                  const store::Surroundings& surroundings);

}  // namespace cambist::store_postgresql
