// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "crypto/key.h"
#include "saml/signature.h"

namespace cambist::saml {

// What an identity provider publishes about itself (SAML Metadata section 2).
struct Metadata {
    std::string entity_id;
    // Of all its KeyDescriptors for signing, and of those that do not say what they are for:
    // several while it rotates. Never empty. Their certificates are containers: no times, no chain.
    std::vector<crypto::PublicKey> signing_keys;
    std::optional<TimePoint> valid_until;   // the earliest on the way to it
    std::optional<Seconds> cache_duration;  // the shortest
    std::vector<std::string> notes;         // keys that were left out, and why
};

// Reads the EntityDescriptor with this entity ID and an IDPSSODescriptor: the root, or in
// EntitiesDescriptors. With `signers` the root must be signed by one of them, and only what was
// signed is read. kSamlMetadata says what is wrong, kSamlMetadataExpired that validUntil has
// passed.
Result<Metadata> parse_metadata(std::string_view xml, std::string_view entity_id, TimePoint now,
                                const std::optional<Signers>& signers = {});

// The metadata of one identity provider, renewed from time to time by whoever fetches it: what was
// read last serves until it expires, also when what came after it was no good. Any thread.
class MetadataKeys {
  public:
    // When the metadata does not say, and the bounds of what it says.
    static constexpr Seconds kUsualAge{3600};
    static constexpr Seconds kLeastAge{60};
    static constexpr Seconds kMostAge{86400};

    explicit MetadataKeys(std::string entity_id, std::optional<Signers> signers = {})
        : entity_id_(std::move(entity_id)), signers_(std::move(signers)) {}

    // As parse_metadata(); what was there before stays if that fails.
    Status replace(std::string_view xml, TimePoint now) const;
    // kSamlMetadata: nothing was read yet. kSamlMetadataExpired.
    Result<std::shared_ptr<const Metadata>> current(TimePoint now) const;
    // From when on it should be fetched again; the past if nothing was read yet.
    TimePoint refresh_at() const;

  private:
    struct Held {
        std::shared_ptr<const Metadata> metadata;
        TimePoint refresh_at{};
    };
    std::string entity_id_;
    std::optional<Signers> signers_;
    Guarded<Held> held_;
};

}  // namespace cambist::saml
