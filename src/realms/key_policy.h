// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "keys/rotation.h"
#include "model/realm.h"

namespace cambist::realms {

// How the realm's keys are renewed: its attributes cambist.keys.max.age (left out: by command only)
// and cambist.keys.publish (10m), and the longest life that it gives a token.
keys::RotationPolicy key_policy_of(const Realm& realm);

}  // namespace cambist::realms
