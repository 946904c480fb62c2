// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "model/client.h"

namespace cambist::trust {
class ClientKeys;
}

namespace cambist::tokens {

// A signed JWT, encrypted to this client (RFC 7519 section 11.2: signed first, then encrypted). May
// wait for the client's published keys. kEncryptionKeyMissing, kEncryptionKeysUnavailable. Any
// thread.
Result<std::string> encrypt_for(const trust::ClientKeys& keys, const Client& client,
                                const ResponseEncryption& wish, std::string_view jwt,
                                const Random& random);

}  // namespace cambist::tokens
