// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "crypto/key.h"
#include "issuers/check.h"
#include "issuers/keys.h"
#include "saml/metadata.h"
#include "trust/published.h"

namespace cambist::issuers {

// The keys of trusted issuers that speak SAML 2.0: those in the realm, those in metadata that
// stands there, those in metadata at an URL. Any thread; may wait for a fetch
// (PublishedSettings::patience).
class SamlKeys {
  public:
    // Both must outlive this; `documents` null: nothing is fetched.
    SamlKeys(const IssuerKeySets& keys, const trust::Published<std::string>* documents)
        : keys_(keys), documents_(documents) {}

    // Never empty. kIssuerKeysUnavailable, kSamlMetadata, kSamlMetadataExpired.
    Result<std::vector<crypto::PublicKey>> keys_of(const TrustedIssuer& issuer,
                                                   const std::string& entity_id,
                                                   TimePoint now) const;
    // For a signature that none of those made: whether other ones can be had now, after which
    // keys_of() gives them.
    bool renew(const TrustedIssuer& issuer, const std::string& entity_id) const;

  private:
    // The metadata of one entity from one place, and the text it was read from.
    struct Shelf {
        explicit Shelf(std::string entity_id) : keys(std::move(entity_id)) {}
        saml::MetadataKeys keys;
        Guarded<std::shared_ptr<const std::string>> document;  // null: nothing was read yet
    };
    Result<std::shared_ptr<const std::string>> document_of(const TrustedIssuer& issuer) const;
    std::shared_ptr<Shelf> shelf_of(const TrustedIssuer& issuer,
                                    const std::string& entity_id) const;

    const IssuerKeySets& keys_;
    const trust::Published<std::string>* documents_;
    Guarded<std::unordered_map<std::string, std::shared_ptr<Shelf>>> shelves_;
};

// As check_foreign(), of an assertion of SAML 2.0: RFC 8693's token type saml2, and RFC 7522. What
// it says becomes claims: iss, sub (the NameID), aud, exp, nbf, iat, jti (its ID), auth_time, acr
// (the class), session_index, name_id_format, and `attributes` with a list for each Name. It serves
// once, unless the issuer's entry says otherwise; one with OneTimeUse always. The codes of TX-SML
// for what is wrong with it, those of check_foreign() for what its issuer's entry says.
Result<CheckedForeign> check_saml(const realms::Snapshot& realm, const SamlKeys& keys,
                                  const PresentedToken& presented, TimePoint now);

}  // namespace cambist::issuers
