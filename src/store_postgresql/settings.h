// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "postgresql/connection.h"
#include "postgresql/url.h"

namespace cambist::store_postgresql {

enum class Mode : std::uint8_t {
    kServe,     // reads and writes, beside any number of others; makes the schema if it is missing
    kReadOnly,  // every write fails, also in the database
};

struct PostgresqlSettings {
    std::shared_ptr<const postgresql::Url> url;
    Mode mode = Mode::kServe;
    bool migrates = true;  // else who serves refuses a schema that is not of this version
    // LISTEN and NOTIFY; without them (some that speak PostgreSQL's protocol have none) changes are
    // found by looking for them.
    bool notifies = true;
    std::string schema = "cambist";   // lower-case letters, digits and _ ; all tables are in it
    std::size_t max_connections = 8;  // for reading and for rare writes, opened as needed
    std::size_t max_group = 128;      // batches in one transaction
    std::size_t max_queue = 16384;    // waiting batches; beyond it commit() is kOverloaded
    postgresql::Timeouts timeouts;
    // Of the database: how long a statement, and waiting for a lock, may take, and how long a
    // transaction may be held by a node that does nothing (because it hangs).
    std::chrono::milliseconds statement{10'000};
    std::chrono::milliseconds lock{8'000};
    std::chrono::milliseconds idle_transaction{5'000};
};

}  // namespace cambist::store_postgresql
