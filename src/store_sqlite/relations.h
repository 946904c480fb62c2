// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/result.h"
#include "sql/connection.h"
#include "store/batch.h"

// The operations of a commit on relations, API keys, counters and hand-offs; see store/batch.h.
// Inside the open transaction.
namespace cambist::store_sqlite {

Status add_relation(sql::Connection& connection, std::string_view realm, const Relation& relation);
Status remove_relation(sql::Connection& connection, std::string_view realm, std::string_view id);
Status add_api_key(sql::Connection& connection, std::string_view realm, const ApiKey& key);
Status remove_api_key(sql::Connection& connection, std::string_view realm, std::string_view id);
Status count_use(sql::Connection& connection, std::string_view realm, const store::CountUse& use);
Status add_hand_off(sql::Connection& connection, std::string_view realm, const HandOff& hand_off);
Status take_hand_off(sql::Connection& connection, std::string_view realm,
                     const store::TakeHandOff& take);
Status add_federated_identity(sql::Connection& connection, std::string_view realm,
                              const FederatedIdentity& identity);
Status add_user(sql::Connection& connection, std::string_view realm, const User& user);
// Replaces the rows by which a user is found by its attributes.
Status put_attributes(sql::Connection& connection, std::string_view realm, const User& user);
// All API keys and federated identities of a user, and the relations that it is an end of.
Status remove_ties(sql::Connection& connection, std::string_view realm, const UserId& user);

}  // namespace cambist::store_sqlite
