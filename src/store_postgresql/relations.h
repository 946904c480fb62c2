// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "postgresql/query.h"
#include "store/batch.h"

// The statements of a commit on relations, API keys, counters and hand-offs; see store/batch.h.
// Where a batch is to be refused they change nothing.
namespace cambist::store_postgresql {

postgresql::Query insert_relation(std::string_view realm, const Relation& relation);
postgresql::Query delete_relation(std::string_view realm, std::string_view id);
postgresql::Query insert_api_key(std::string_view realm, const ApiKey& key);
postgresql::Query delete_api_key(std::string_view realm, std::string_view id);
postgresql::Query count_use(std::string_view realm, const store::CountUse& use);
postgresql::Query insert_federated_identity(std::string_view realm,
                                            const FederatedIdentity& identity);
postgresql::Query insert_user(std::string_view realm, const User& user);
postgresql::Query insert_hand_off(std::string_view realm, const HandOff& hand_off);
postgresql::Query take_hand_off(std::string_view realm, const store::TakeHandOff& take);
// All API keys of a user, and the relations that it is an end of.
std::vector<postgresql::Query> remove_ties(std::string_view realm, const UserId& user);

}  // namespace cambist::store_postgresql
