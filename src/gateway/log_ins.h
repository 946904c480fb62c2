// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

namespace cambist::gateway {

// Log-ins that have begun. Nothing is kept of them, so nobody can fill it up: the verifier of
// RFC 7636 is made of what stands in the browser's cookie and of a key that only this process has.
// A code that was made for the challenge serves the browser with that cookie only. Any thread.
class LogIns {
  public:
    // `random` must outlive this.
    explicit LogIns(const Random& random);

    struct Begun {
        std::string cookie;
        std::string challenge;
    };
    Begun begin(TimePoint now) const;
    // Nothing when it is none of our cookies, or older than ten minutes. An end that somebody
    // changed makes another verifier, for which there is no code.
    std::optional<Secret> verifier_of(std::string_view cookie, TimePoint now) const;

  private:
    std::string verifier(std::string_view cookie) const;

    const Random& random_;
    Secret key_;
};

}  // namespace cambist::gateway
