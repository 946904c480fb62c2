// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

struct x509_store_st;

namespace cambist::crypto {

// Certificates of authorities whose clients we believe. Immutable; any thread.
class TrustStore {
  public:
    // One or more PEM certificates, one after the other. kConfigInvalid when there is none or one
    // can not be read.
    static Result<std::shared_ptr<const TrustStore>> from_pem(std::string_view pem);

    // The chain (DER, leaf first) ends at one of the authorities, every certificate of it is valid
    // now, and the leaf may be used by a TLS client (RFC 5280 sections 4.2.1.12 and 6). Revocation
    // lists are not looked at. kCrypto says why not.
    Status verify(const std::vector<std::string>& chain, TimePoint now) const;

    explicit TrustStore(x509_store_st* store) : store_(store) {}
    TrustStore(const TrustStore&) = delete;
    TrustStore& operator=(const TrustStore&) = delete;
    ~TrustStore();

  private:
    x509_store_st* store_;
};

// The certificate (DER) is neither too young nor too old at this time. kCrypto.
Status check_validity(std::string_view der, TimePoint now);

}  // namespace cambist::crypto
