// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "json/value.h"
#include "model/realm.h"
#include "realms/difference.h"
#include "realms/sealing.h"
#include "store/store.h"

namespace cambist::realms {

// A realm as it is stored, opened.
struct StoredRealm {
    using Key = std::pair<std::string, std::string>;  // kind, key
    std::map<Key, std::string> bodies;                // JSON texts
    std::set<Key> stale;                              // sealed with an older key file
    std::int64_t version = 0;
    bool exists() const { return !bodies.empty(); }
};

// A mark that changes when users or keys did: it makes the version of the realm grow, which is what
// other processes look at.
inline constexpr std::string_view kRevision = "revision";

Result<StoredRealm> load_stored(store::RealmStore& store, const ObjectSealer& sealer,
                                std::string_view realm);
// The whole representation. kParse when it is damaged.
Result<json::Value> join_stored(const StoredRealm& stored);
// Reads a stored representation; the realm is indexed. Keys that the file took from other files are
// not in it.
Result<Realm> read_stored(json::Value representation, std::string_view realm);

inline constexpr std::string_view kRule = "rule";
inline constexpr std::string_view kRealm = "realm";

// `fresh` laid over what is stored: objects that the file does not name stay unless they are
// pruned, except rules. Those are one ordered list, and a permission that was taken out of the file
// must not live on.
StoredRealm merge(const StoredRealm& stored, const std::vector<representation::Object>& fresh,
                  bool prune);
// "client shop": what is stored and not in `fresh`, without rules.
std::vector<std::string> absences(const StoredRealm& stored,
                                  const std::vector<representation::Object>& fresh);
// Takes out client secrets that are still masked. kConfigInvalid, naming the clients that need one,
// unless that is permitted.
Status settle_masked_secrets(json::Value& canonical, bool permitted);
// What of objects, and of the elements in the realm's own, is added, changed and removed.
Result<std::vector<Change>> object_changes(const StoredRealm& stored, const StoredRealm& merged);
// What is stored and not merged.
std::vector<store::RealmObject> removals(const StoredRealm& stored, const StoredRealm& merged);
// What of `merged` differs from what is stored or must be sealed anew, sealed.
Result<std::vector<store::RealmObject>> seal_changes(const ObjectSealer& sealer,
                                                     std::string_view realm,
                                                     const StoredRealm& stored,
                                                     const StoredRealm& merged);

}  // namespace cambist::realms
