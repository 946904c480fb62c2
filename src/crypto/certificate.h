// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/key.h"

namespace cambist::crypto {

struct CertificateWish {
    std::string common_name;
    TimePoint not_before;
    TimePoint not_after;
};

// A self-signed X.509 certificate of the key, as DER: Keycloak's certs endpoint shows one for every
// key (`x5c`). RSA keys sign it with SHA-256, curves with their own hash.
Result<std::string> make_self_signed_certificate(const PrivateKey& key, const CertificateWish& wish,
                                                 const Random& random);

// The key in a certificate given as PEM, as bare base64 of its DER (as Keycloak stores it), or as
// DER. Neither times nor signature of the certificate are looked at: it is a container.
Result<PublicKey> public_key_of_certificate(std::string_view text);
// The DER of such a certificate.
Result<std::string> certificate_to_der(std::string_view text);

// RFC 7515 sections 4.1.7 and 4.1.8: base64url of SHA-1 and of SHA-256 of the DER. SHA-1 here is a
// name, not a protection.
std::string x5t(std::string_view der);
std::string x5t_s256(std::string_view der);

}  // namespace cambist::crypto
