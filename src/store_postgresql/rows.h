// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/session.h"
#include "postgresql/query.h"
#include "postgresql/rows.h"

// Values as rows, where both a commit and a read need to know their columns.
namespace cambist::store_postgresql {

// The columns id, user_id, client_id, started, last_access, expires, auth_method, acr, offline.
Session read_session(const postgresql::Rows& rows, int row);
// Changes nothing where the id is taken.
postgresql::Query insert_session(std::string_view realm, const Session& session);
// With its refresh families.
std::vector<postgresql::Query> end_session(std::string_view realm, std::string_view id);

// The columns body, expires and uses, from `first` on.
Result<RefreshFamily> read_family(const postgresql::Rows& rows, int row, int first);
postgresql::Query insert_family(std::string_view realm, const RefreshFamily& family);
std::vector<postgresql::Query> remove_family(std::string_view realm, std::string_view id);

}  // namespace cambist::store_postgresql
