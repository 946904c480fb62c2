// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/guarded.h"
#include "base/result.h"
#include "jose/encryption.h"
#include "model/client.h"
#include "trust/key_sets.h"

namespace cambist::trust {

// The keys of clients: of the set that stands in the realm, or of the one that the client
// publishes. Any thread; may wait for a fetch (PublishedSettings::patience).
class ClientKeys {
  public:
    // `published` must outlive this; null: sets at URLs are not fetched.
    explicit ClientKeys(const KeySets* published) : published_(published) {}

    // kNotFound: the client has no set. kParse: it is none. kOutboundRefused, kOutboundFailed,
    // kOutboundBusy: it could not be fetched.
    Result<std::shared_ptr<const KeySet>> of(const Client& client) const;
    // For a key that `known` has not, if the client publishes its keys: a newer set, else `known`.
    std::shared_ptr<const KeySet> newer(const Client& client,
                                        const std::shared_ptr<const KeySet>& known) const;
    // The key that answers to this client are encrypted to. kEncryptionKeyMissing,
    // kEncryptionKeysUnavailable.
    Result<jose::Jwk> encryption_key(const Client& client,
                                     const jose::KeyManagement& algorithm) const;

  private:
    Result<std::shared_ptr<const KeySet>> of_text(const std::string& text) const;

    const KeySets* published_;
    Guarded<std::unordered_map<std::string, std::shared_ptr<const KeySet>>> parsed_;
};

}  // namespace cambist::trust
