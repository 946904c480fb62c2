// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "postgresql/connection.h"
#include "store_postgresql/settings.h"

namespace cambist::store_postgresql {

// One step of the schema. Numbered from 1 without gaps, never changed once released.
struct Migration {
    std::int64_t number;
    const char* sql;
};
std::span<const Migration> migrations();  // made from migrations/*.sql

// Brings the schema to the newest version, one transaction a step; nodes that start together wait
// for each other. kSchemaTooNew when a newer version wrote it, kStoreUnavailable when the schema is
// of another program.
Status migrate(postgresql::Connection& connection, const std::string& schema);

// As above for who only reads: kStoreUnavailable too when something would have to be migrated.
Status check_schema(postgresql::Connection& connection);

}  // namespace cambist::store_postgresql
