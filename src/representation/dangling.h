// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "model/realm.h"

namespace cambist::representation {

// Takes names that lead nowhere out of the model; those of users lead nowhere when they are looked
// up. The realm must be indexed, and is again afterwards.
void drop_dangling(Realm& realm);

}  // namespace cambist::representation
