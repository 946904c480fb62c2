// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "json/value.h"
#include "model/realm.h"
#include "realms/difference.h"
#include "store/store.h"

namespace cambist::realms {

// What a file does to the relations that administrators made. One that differs in anything is
// another one: it goes, with what rests on it, and the new one comes.
struct RelationChanges {
    std::vector<Relation> fresh;  // without ids
    std::vector<Relation> gone;
    bool empty() const { return fresh.empty() && gone.empty(); }
};

// `wanted` are a file's, whose ends name users by their names, of `users` (of the file) or of the
// store. kConfigInvalid names those that there are not. What is over at `now` is not wanted.
Result<RelationChanges> relation_changes(store::Store& store, std::string_view realm,
                                         const std::vector<Relation>& wanted,
                                         const std::vector<User>& users, TimePoint now);
// In commits of a bounded size; removals with the revocation of what rests on them.
Status write_relations(store::Store& store, const Realm& realm, const RelationChanges& changes,
                       const Clock& clock, const Random& random);
// All that administrators made; for a realm that goes itself.
Status remove_relations(store::Store& store, std::string_view realm);
std::vector<Change> describe(store::Store& store, std::string_view realm,
                             const RelationChanges& changes);
// As a file has them, in order of their texts; those whose users are gone are left out.
Result<json::Value> represent_relations(store::Store& store, std::string_view realm);

}  // namespace cambist::realms
