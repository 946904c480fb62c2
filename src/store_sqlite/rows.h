// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/result.h"
#include "model/session.h"
#include "sql/connection.h"

// Values as rows, where both a commit and a read need to know their columns.
namespace cambist::store_sqlite {

inline constexpr std::string_view kSessionColumns =
    "id,user,client,started,last_access,expires,auth_method,acr,offline,device_hash";
Session read_session(const sql::Statement& row);
Status add_session(sql::Connection& connection, std::string_view realm, const Session& session);

// The columns body and expires, from `first` on.
Result<RefreshFamily> read_family(const sql::Statement& row, int first);
Status add_family(sql::Connection& connection, std::string_view realm, const RefreshFamily& family);

}  // namespace cambist::store_sqlite
