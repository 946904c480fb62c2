// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "crypto/secret_box.h"
#include "representation/objects.h"
#include "store/store.h"

namespace cambist::realms {

// Seals the bodies of a realm's objects that may hold secrets (clients, the realm itself) and opens
// them again. A sealed body is bound to its realm, kind and key: it opens nowhere else.
class ObjectSealer {
  public:
    // Both must outlive this.
    ObjectSealer(const crypto::SecretBox& box, const Random& random) : box_(box), random_(random) {}

    struct Opened {
        representation::Object object;
        bool needs_reseal = false;  // sealed with an older key file
    };
    Result<store::RealmObject> seal(std::string_view realm,
                                    const representation::Object& object) const;
    // kCrypto with the mend when the key file is another one, or the row was changed or moved.
    Result<Opened> open(std::string_view realm, store::RealmObject stored) const;

  private:
    const crypto::SecretBox& box_;
    const Random& random_;
};

}  // namespace cambist::realms
