// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/result.h"
#include "model/flow.h"

// OpenID Connect Native SSO for Mobile Apps 1.0: the scope device_sso asks for a device secret. It
// is a client scope like others, so that a client has it only if its realm says so.
namespace cambist::policy {

inline constexpr std::string_view kDeviceScope = "device_sso";

// Of a log-in, after its scopes and session are settled: whether the device gets a secret. A log-in
// is a new session, whose end is the secret's; without an ID token nothing could be done with it.
// kDeviceSecretNotGiven.
Status settle_device_secret(PlanFacts& plan, const Facts& facts);
// Of an exchange: what it gives is no log-in. Only a hand-off makes one ready, and tokens that came
// by a device secret may be passed on in the same way. kDeviceSecretNotGiven when it was asked for.
Status settle_device_scope(PlanFacts& plan, const Facts& facts, bool hands_off);

}  // namespace cambist::policy
