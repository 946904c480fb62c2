// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/name.h"

namespace cambist {

using RealmName = Name<struct RealmNameTag>;
using ClientId = Name<struct ClientIdTag>;    // the public client_id, not Keycloak's internal UUID
using UserId = Name<struct UserIdTag>;        // the `sub` of our tokens
using SessionId = Name<struct SessionIdTag>;  // the `sid` of our tokens
using KeyId = Name<struct KeyIdTag>;          // the `kid` of our tokens
using RuleId = Name<struct RuleIdTag>;
using TraceId = Name<struct TraceIdTag>;  // a ULID; its first 10 characters are the arrival time

}  // namespace cambist
