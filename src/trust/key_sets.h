// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "jose/jwk.h"
#include "outbound/answer_reader.h"

namespace cambist::trust {

// One JWK set, read for both of its uses. Immutable and shared.
struct KeySet {
    jose::JwkSet verification;
    jose::JwkSet encryption;
};
// kParse. Keys of one purpose that can not be read do not spoil those of the other.
Result<std::shared_ptr<const KeySet>> parse_key_set(std::string_view text);

// What a fetch says it accepts (RFC 7517 section 8.5.2); most servers answer with plain JSON.
inline constexpr std::string_view kKeySetTypes = "application/jwk-set+json, application/json";

struct KeySetSettings {
    std::chrono::milliseconds patience{3000};  // that a request waits for a fetch
    std::size_t waiting = 8;                   // requests that wait at a time
    Seconds usual_age{300};                    // where the answer does not say
    Seconds least_age{60};                     // bounds of what it says
    Seconds most_age{3600};
    Seconds stale{86400};  // how long the last good set serves while its server is away
    Seconds pause{10};     // between two tries of one URL, as in Keycloak
    std::size_t sets = 10'000;
    std::size_t queue = 1000;
    std::size_t threads = 2;
};

// The JWK sets that others publish. A resource with threads of its own; functions from any thread.
class KeySets {
  public:
    using Fetch = std::function<Result<outbound::Answer>(const std::string& url)>;

    // `clock` and `log` must outlive this; `fetch` is called from several threads.
    KeySets(Fetch fetch, const Clock& clock, Log& log, const KeySetSettings& settings);
    KeySets(const KeySets&) = delete;
    KeySets& operator=(const KeySets&) = delete;
    // Waits for fetches that are under way.
    ~KeySets();

    // The set at this URL: fetched if it is not fresh; the last good one if that fails or takes too
    // long. kOutboundRefused, kOutboundFailed, kParse (what was fetched is no set).
    Result<std::shared_ptr<const KeySet>> current(const std::string& url) const;
    // For a key that `known` has not: a newer set, if one can be had now, else `known`.
    std::shared_ptr<const KeySet> newer(const std::string& url,
                                        const std::shared_ptr<const KeySet>& known) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cambist::trust
