// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "grants/grant.h"

namespace cambist::grants {

// OpenID Connect Native SSO for Mobile Apps 1.0: the type of the actor token, which names no actor.
inline constexpr std::string_view kDeviceSecretType = "urn:openid:params:token-type:device-secret";

// An app gets tokens of its own by the log-in of another app on the device: an ID token of that
// log-in and the secret that the device got with it. One without the other proves nothing.
// kDeviceSecretWrong, kDeviceSecretExpired.
Result<Evidence> prove_device(const Sources& sources, const TokenRequest& request,
                              const realms::Snapshot& realm);

}  // namespace cambist::grants
