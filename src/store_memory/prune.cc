// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "store_memory/nouns.h"

namespace cambist::store_memory {
namespace {

// 0 is "never".
bool is_expired(std::int64_t expires, std::int64_t now) { return expires > 0 && expires <= now; }

template <class Map, class Expired>
std::size_t prune_map(Map& map, Expired&& expired) {
    std::size_t removed = 0;
    for (auto at = map.begin(); at != map.end() && removed < kPruneSlice;) {
        const bool goes = expired(at->second);
        at = goes ? map.erase(at) : std::next(at);
        removed += goes ? 1 : 0;
    }
    return removed;
}

std::size_t prune_families(State& state, std::int64_t now) {
    std::vector<InRealm> expired;
    for (const auto& [key, family] : state.families)
        if (is_expired(family.expires, now) && expired.size() < kPruneSlice) expired.push_back(key);
    Undo no_way_back;
    for (const auto& family : expired) remove_family(state, family, no_way_back);
    return expired.size();
}

}  // namespace

std::size_t remove_expired(State& state, std::int64_t now) {
    std::size_t removed = prune_map(
        state.sessions, [now](const Session& session) { return is_expired(session.expires, now); });
    removed += prune_families(state, now);
    removed +=
        prune_map(state.taken, [now](std::int64_t expires) { return is_expired(expires, now); });
    removed += std::erase_if(state.revocations, [now](const auto& entry) {
        return is_expired(entry.revocation.until, now);
    });
    return removed;
}

}  // namespace cambist::store_memory
