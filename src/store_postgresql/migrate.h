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

// As above for who must not migrate: kStoreUnavailable too when something would have to be.
Status check_schema(postgresql::Connection& connection);

// kSchemaTooNew once a newer version has migrated what this one serves from: for the readiness
// check, so that no new requests come here while the others are renewed one by one.
Status refuse_newer(std::int64_t version);

}  // namespace cambist::store_postgresql
