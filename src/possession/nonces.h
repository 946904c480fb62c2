// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/secret_box.h"

namespace cambist::possession {

// How long a proof may carry a nonce. Each answer brings a fresh one, so that the one before still
// serves requests that are on their way (RFC 9449 section 8.2).
inline constexpr Seconds kNonceLifetime{120};

// Nonces for DPoP proofs (RFC 9449 section 8): the time, sealed with the server's key file. Nothing
// is kept, and every node that has the key file knows them. Any thread.
class Nonces {
  public:
    // Both must outlive this.
    Nonces(const crypto::SecretBox& box, const Random& random) : box_(box), random_(random) {}

    std::string make(std::string_view realm, TimePoint now) const;
    // Made here, for this realm, and not too long ago.
    bool is_fresh(std::string_view realm, std::string_view nonce, TimePoint now) const;

  private:
    const crypto::SecretBox& box_;
    const Random& random_;
};

}  // namespace cambist::possession
