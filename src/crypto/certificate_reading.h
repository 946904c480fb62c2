// SPDX-License-Identifier: Apache-2.0
// Inside crypto/ only.
#pragma once
#include <string_view>

#include "base/result.h"
#include "crypto/openssl.h"

namespace cambist::crypto {

// PEM, bare base64 of DER, or DER. kCrypto.
Result<CertificatePtr> read_certificate(std::string_view text);

}  // namespace cambist::crypto
