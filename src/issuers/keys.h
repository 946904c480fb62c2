// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <unordered_map>

#include "base/guarded.h"
#include "base/result.h"
#include "jose/jws.h"
#include "model/issuer.h"
#include "trust/key_sets.h"

namespace cambist::issuers {

// The keys of trusted issuers: those in the realm, or those that are published. Any thread; may
// wait for one fetch (PublishedSettings::patience), which for keys by discovery is that of the
// metadata and of the set they name.
class IssuerKeySets {
  public:
    // `published` must outlive this; null: nothing is fetched.
    explicit IssuerKeySets(const trust::KeySets* published) : published_(published) {}

    // The key that this header names, if the issuer may sign with its algorithm.
    // kSubjectTokenAlgorithm, kSubjectTokenKeyUnknown, kIssuerKeysUnavailable.
    Result<jose::VerificationKey> key_for(const TrustedIssuer& issuer,
                                          const jose::Header& header) const;

    // All keys that stand in the realm for it. kIssuerKeysUnavailable: they can not be read.
    Result<std::vector<crypto::PublicKey>> inline_keys(const TrustedIssuer& issuer) const;

  private:
    using Set = std::shared_ptr<const trust::KeySet>;
    Result<std::string> url_of(const TrustedIssuer& issuer) const;
    Result<Set> current(const TrustedIssuer& issuer, const std::string& url) const;
    Result<Set> of_text(const std::string& text) const;

    const trust::KeySets* published_;
    Guarded<std::unordered_map<std::string, Set>> parsed_;
};

}  // namespace cambist::issuers
