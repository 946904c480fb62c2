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

bool has_family(const State& state, const InRealm& session) {
    return std::ranges::any_of(state.families, [&](const auto& item) {
        return item.first.first == session.first && item.second.session.text() == session.second;
    });
}

// With the offline sessions that nobody can use any more.
std::size_t prune_families(State& state, std::int64_t now) {
    std::vector<InRealm> expired;
    for (const auto& [key, family] : state.families)
        if (is_expired(family.expires, now) && expired.size() < kPruneSlice) expired.push_back(key);
    Undo no_way_back;
    std::size_t removed = expired.size();
    for (const auto& family : expired) {
        const InRealm session{family.first, state.families.at(family).session.text()};
        remove_family(state, family, no_way_back);
        const auto found = state.sessions.find(session);
        if (found == state.sessions.end() || !found->second.offline || has_family(state, session))
            continue;
        state.sessions.erase(found);
        ++removed;
    }
    return removed;
}

std::size_t prune_api_keys(State& state, std::int64_t now) {
    std::vector<InRealm> expired;
    for (const auto& [id, key] : state.api_keys)
        if (is_expired(key.expires, now) && expired.size() < kPruneSlice) expired.push_back(id);
    Undo no_way_back;
    for (const auto& id : expired) remove_api_key(state, id, no_way_back);
    return expired.size();
}

}  // namespace

std::size_t remove_expired(State& state, std::int64_t now) {
    std::size_t removed = prune_map(
        state.sessions, [now](const Session& session) { return is_expired(session.expires, now); });
    removed += prune_families(state, now);
    removed += prune_map(state.references, [now](const ReferenceToken& token) {
        return is_expired(token.expires, now);
    });
    removed += prune_map(state.relations, [now](const Relation& relation) {
        return is_expired(relation.expires, now);
    });
    removed += prune_api_keys(state, now);
    removed += prune_map(state.counts,
                         [now](const StoredCount& count) { return is_expired(count.until, now); });
    removed += prune_map(state.hand_offs, [now](const HandOff& hand_off) {
        return is_expired(hand_off.expires, now);
    });
    removed +=
        prune_map(state.taken, [now](std::int64_t expires) { return is_expired(expires, now); });
    removed += std::erase_if(state.revocations, [now](const auto& entry) {
        return is_expired(entry.revocation.until, now);
    });
    return removed;
}

}  // namespace cambist::store_memory
