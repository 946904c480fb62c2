// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jose/jwk.h"
#include "trust/discovery.h"
#include "trust/published.h"

namespace cambist::trust {

// One JWK set, read for both of its uses. Immutable and shared.
struct KeySet {
    jose::JwkSet verification;
    jose::JwkSet encryption;
    std::vector<std::string> certificates;  // x5t#S256 of those that the keys show
};

// kParse. Keys of one purpose that can not be read do not spoil those of the other.
Result<std::shared_ptr<const KeySet>> parse_key_set(std::string_view text);

// What a fetch says it accepts (RFC 7517 section 8.5.2); most servers answer with plain JSON.
inline constexpr std::string_view kKeySetTypes = "application/jwk-set+json, application/json";

// The address of the set that the metadata of this issuer name: fetched in one flight with them.
std::string discovered(std::string_view issuer);

// What fetches sets: `get` for those at an URL, and for discovered() ones after `discovery` has
// told where. Both must outlive it.
using GetDocument = std::function<Result<outbound::Answer>(const std::string& url)>;
GetDocument discovering(GetDocument get, const Discovery& discovery);

// The JWK sets that others publish.
class KeySets : public Published<KeySet> {
  public:
    KeySets(Fetch fetch, const Clock& clock, Log& log, const PublishedSettings& settings);
};

}  // namespace cambist::trust
