// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace cambist {

// What a token of a trusted issuer is presented as, to a rule or to Keycloak's switch of the
// client.
enum class Brought : std::uint8_t { kSubject, kActor, kAssertion };

}  // namespace cambist
