// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "model/rule.h"

namespace cambist::policy {

// The rule in words: "orders-api may turn access tokens of staff (not admins) that were sent to it
// into tokens for billing-api with at most invoice:read, for 5 minutes."
std::string sentence(const Rule& rule);
// "the services of group /agents", "anybody": the parts, for other messages.
std::string describe(const UserSelector& users);
std::string describe(const RequesterSelector& requester);
// "5 minutes", "90 seconds", "1 hour".
std::string describe(Seconds length);

}  // namespace cambist::policy
