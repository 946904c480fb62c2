// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "sql/connection.h"

namespace cambist::store_sqlite {

// One step of the schema. Numbered from 1 without gaps, never changed once released.
struct Migration {
    std::int64_t number;
    const char* sql;
};
std::span<const Migration> migrations();  // made from migrations/*.sql

// Is this a database of ours, or an empty one, and not newer than we are? kStoreUnavailable or
// kSchemaTooNew if not. With kReadOnly also that nothing is to be migrated.
Status check_schema(sql::Connection& connection, sql::Access access);

// Brings the schema to the newest version, one transaction a step.
Status migrate(sql::Connection& connection);

}  // namespace cambist::store_sqlite
