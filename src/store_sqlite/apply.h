// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sql/connection.h"
#include "store/store.h"

namespace cambist::store_sqlite {

// The newest row of this node's audit chain.
struct ChainHead {
    std::string node;
    std::int64_t sequence = 0;
    std::string hash;  // 64 hex digits
};
// Takes over what another process has appended since, a command beside a server; inside the open
// transaction, in which nobody else can.
Status follow_chain(sql::Connection& connection, ChainHead& head);

// Runs the operations of a batch inside the open transaction; moves the head with each audit row.
// When one fails the caller has to undo the others and to put the head back.
Status apply(sql::Connection& connection, ChainHead& head, const store::Batch& batch);

// May this batch fail by itself, so that it needs a savepoint? One that only appends may not.
bool is_conditional(const store::Batch& batch);

// Also used outside of commits.
Status end_session(sql::Connection& connection, std::string_view realm, std::string_view id);
Status remove_family(sql::Connection& connection, std::string_view realm, std::string_view id);

}  // namespace cambist::store_sqlite
