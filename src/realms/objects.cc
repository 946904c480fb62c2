// SPDX-License-Identifier: Apache-2.0
#include "realms/objects.h"

#include "representation/realm_file.h"

namespace cambist::realms {

Result<StoredRealm> load_stored(store::RealmStore& store, const ObjectSealer& sealer,
                                std::string_view realm) {
    StoredRealm stored;
    // The version first: should it grow in between, we serve the new objects under the old version
    // and read them again a moment later.
    CAMBIST_TRY(stored.version, store.version(realm));
    CAMBIST_TRY(auto objects, store.load(realm));
    for (auto& object : objects) {
        if (object.kind == kRevision) continue;
        CAMBIST_TRY(auto opened, sealer.open(realm, std::move(object)));
        StoredRealm::Key key{std::move(opened.object.kind), std::move(opened.object.key)};
        if (opened.needs_reseal) stored.stale.insert(key);
        stored.bodies.emplace(std::move(key), std::move(opened.object.body));
    }
    return stored;
}

Result<json::Value> join_stored(const StoredRealm& stored) {
    std::vector<representation::Object> objects;
    objects.reserve(stored.bodies.size());
    for (const auto& [key, body] : stored.bodies) objects.push_back({key.first, key.second, body});
    return representation::join(objects);
}

Result<Realm> read_stored(json::Value representation, std::string_view realm) {
    representation::Options options;
    options.complete = false;
    auto outcome = representation::read_realm(std::move(representation),
                                              "stored realm " + std::string(realm), options);
    if (!outcome.file) return std::unexpected(representation::to_error(outcome.faults));
    return std::move(outcome.file->realm);
}

StoredRealm merge(const StoredRealm& stored, const std::vector<representation::Object>& fresh) {
    StoredRealm merged{.bodies = stored.bodies, .stale = {}, .version = stored.version};
    std::erase_if(merged.bodies, [](const auto& at) { return at.first.first == kRule; });
    for (const auto& object : fresh)
        merged.bodies.insert_or_assign({object.kind, object.key}, object.body);
    return merged;
}

std::vector<store::RealmObject> removals(const StoredRealm& stored, const StoredRealm& merged) {
    std::vector<store::RealmObject> gone;
    for (const auto& [key, body] : stored.bodies)
        if (!merged.bodies.contains(key)) gone.push_back({key.first, key.second, {}});
    return gone;
}

Result<std::vector<store::RealmObject>> seal_changes(const ObjectSealer& sealer,
                                                     std::string_view realm,
                                                     const StoredRealm& stored,
                                                     const StoredRealm& merged) {
    std::vector<store::RealmObject> changes;
    for (const auto& [key, body] : merged.bodies) {
        const auto old = stored.bodies.find(key);
        const bool is_same = old != stored.bodies.end() && old->second == body;
        if (is_same && !stored.stale.contains(key)) continue;
        CAMBIST_TRY(auto sealed, sealer.seal(realm, {key.first, key.second, body}));
        changes.push_back(std::move(sealed));
    }
    return changes;
}

}  // namespace cambist::realms
