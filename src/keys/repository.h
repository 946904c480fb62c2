// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret_box.h"
#include "keys/ring.h"
#include "keys/rotation.h"
#include "model/ids.h"
#include "model/realm.h"
#include "store/store.h"

namespace cambist::keys {

// The algorithms a realm signs with: its own and those its clients name, each once.
std::vector<std::string> needed_algorithms(const Realm& realm);

// Keeps the signing keys of all realms, sealed at rest: a private key is bound to its realm, kid
// and algorithm by the context it is sealed with, so that rows can not be swapped. A resource;
// changes to one realm's keys are made by one caller at a time (realms/ serialises them), load()
// may be called from any thread. Changes take effect with the next load().
class KeyRepository {
  public:
    // All must outlive this.
    KeyRepository(store::KeyStore& store, const crypto::SecretBox& box, const Random& random,
                  const Clock& clock)
        : store_(store), box_(box), random_(random), clock_(clock) {}
    KeyRepository(const KeyRepository&) = delete;
    KeyRepository& operator=(const KeyRepository&) = delete;

    // kCrypto when a key can not be opened (the key file is another one), kStoreUnavailable.
    Result<std::shared_ptr<const KeyRing>> load(std::string_view realm) const;

    // Imports what the realm file brings, generates what it wants to have, then, below those in
    // priority, a key for every needed algorithm that has no active one. Doing it again updates
    // states and priorities. Returns whether anything was written. kConfigInvalid names the key and
    // the mend.
    Result<bool> ensure(const Realm& realm);

    // Makes a key that stands in the JWK set at once and signs from policy.publish on, when
    // advance() is called; one that waits already stays the only one. Returns its kid.
    Result<KeyId> rotate(const Realm& realm, std::string_view algorithm,
                         const RotationPolicy& policy);
    // Does what is due: keys that are too old get a successor, one that has waited long enough
    // signs, one whose tokens are gone goes. Returns whether anything was written. Would advance()
    // write anything?
    Result<bool> is_due(const Realm& realm, const RotationPolicy& policy) const;
    Result<bool> advance(const Realm& realm, const RotationPolicy& policy);
    // kNotFound when there is no such key.
    Status set_state(std::string_view realm, const KeyId& kid, KeyState state);
    // Seals again what was sealed with an older key file. Returns how many.
    Result<std::size_t> reseal(std::string_view realm);

  private:
    // A key to be made.
    struct Fresh {
        std::string_view algorithm;
        std::int64_t priority = 0;
        KeyState state = KeyState::kActive;
        unsigned rsa_bits = crypto::kMinRsaBits;
        std::string_view source;
    };
    Result<store::KeyRow> generate(std::string_view realm, const Fresh& fresh) const;
    Result<bool> generate_wanted(const Realm& realm, std::vector<store::KeyRow>& rows);
    Result<store::KeyRow> read_import(std::string_view realm, const ImportedKey& import) const;
    Result<bool> import_all(const Realm& realm, std::vector<store::KeyRow>& rows);
    Result<SigningKey> open(std::string_view realm, const store::KeyRow& row) const;
    Status seal(std::string_view realm, const crypto::PrivateKey& key, store::KeyRow& row) const;

    store::KeyStore& store_;
    const crypto::SecretBox& box_;
    const Random& random_;
    const Clock& clock_;
};

std::string_view name_of(KeyState state);  // "active", "passive", "disabled"

}  // namespace cambist::keys
