// SPDX-License-Identifier: Apache-2.0
#include "realms/key_policy.h"

#include <algorithm>

#include "representation/durations.h"

namespace cambist::realms {
namespace {

constexpr std::int64_t kMargin = 60;  // clocks of those who verify

std::int64_t attribute(const Realm& realm, const char* name, std::int64_t otherwise) {
    const auto found = realm.attributes.find(name);
    if (found == realm.attributes.end()) return otherwise;
    const auto duration = representation::parse_duration(found->second);
    return duration ? duration->count() : otherwise;
}

std::int64_t longest_token(const Realm& realm) {
    Seconds longest = realm.lifetimes.access_token;
    for (const auto& client : realm.clients)
        longest = std::max(longest, client.access_token_lifespan.value_or(Seconds(0)));
    for (const auto& rule : realm.rules)
        longest = std::max({longest, rule.result.lifetime.value_or(Seconds(0)),
                            rule.result.extend_to.value_or(Seconds(0))});
    return longest.count();
}

}  // namespace

keys::RotationPolicy key_policy_of(const Realm& realm) {
    keys::RotationPolicy policy;
    policy.max_age = attribute(realm, "cambist.keys.max.age", policy.max_age);
    policy.publish = attribute(realm, "cambist.keys.publish", policy.publish);
    policy.keep = longest_token(realm) + kMargin;
    return policy;
}

}  // namespace cambist::realms
