// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/realm.h"
#include "store/store.h"

namespace cambist::keys {

// How the signing keys of a realm are renewed; seconds.
struct RotationPolicy {
    std::int64_t max_age = 0;    // a generated key that is older is replaced; 0: only by command
    std::int64_t publish = 600;  // a new key stands in the JWK set that long before it signs
    std::int64_t keep = 3600;    // a key that signs no more stays in it that long: its tokens live
};

// Renewal in three steps, each of which survives a crash behind any of its writes, on rows of the
// store: a fresh key is published (passive, with `activates`), signs from then on, while the one
// before it goes passive (with `retires`), and that one goes in the end.
namespace rotation {

// Of those keys that sign with the algorithm the one that does; null: none.
const store::KeyRow* find_signer(const std::vector<store::KeyRow>& rows,
                                 std::string_view algorithm);
// Made by us, so that we may replace it; not one that a realm file brings.
bool is_generated(const Realm& realm, const store::KeyRow& row);
// A published key of this algorithm waits to sign.
bool has_next(const std::vector<store::KeyRow>& rows, std::string_view algorithm);
// Makes `fresh` the successor of `signer` (null: of none) from `activates` on.
void make_next(store::KeyRow& fresh, const store::KeyRow* signer, bool is_generated,
               std::int64_t activates);
// What has to be written now, and what goes.
struct Step {
    std::vector<store::KeyRow> write;
    std::vector<std::string> remove;  // kids
    bool empty() const { return write.empty() && remove.empty(); }
};
Step due(const std::vector<store::KeyRow>& rows, const RotationPolicy& policy, std::int64_t now);
// The algorithms whose signer has to be replaced for its age.
std::vector<std::string> too_old(const Realm& realm, const std::vector<store::KeyRow>& rows,
                                 const RotationPolicy& policy, std::int64_t now);

}  // namespace rotation
}  // namespace cambist::keys
