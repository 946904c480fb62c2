// SPDX-License-Identifier: Apache-2.0
// Inside crypto/ only: between the numbers of a JWK and an EVP_PKEY.
#pragma once
#include "base/result.h"
#include "crypto/key.h"
#include "crypto/openssl.h"

namespace cambist::crypto {

Result<PkeyPtr> make_public_pkey(const PublicComponents& components);
Result<PkeyPtr> make_private_pkey(const PrivateComponents& components);
PublicComponents public_components_of(const KeyHandle& handle);
PrivateComponents private_components_of(const KeyHandle& handle);

Result<NumberPtr> number_of(const EVP_PKEY* pkey, const char* parameter);
Result<KeyKind> curve_kind(const EVP_PKEY* pkey);

}  // namespace cambist::crypto
