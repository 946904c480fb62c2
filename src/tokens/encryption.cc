// SPDX-License-Identifier: Apache-2.0
#include "tokens/encryption.h"

#include "jose/jwe.h"
#include "trust/client_keys.h"

namespace cambist::tokens {

Result<std::string> encrypt_for(const trust::ClientKeys& keys, const Client& client,
                                const ResponseEncryption& wish, std::string_view jwt,
                                const Random& random) {
    const auto* alg = jose::find_key_management(wish.alg);
    const auto* enc = jose::find_content_encryption(wish.enc);
    if (alg == nullptr || enc == nullptr)
        return fail(ErrorCode::kInternal, {}, "a client with an encryption that is not ours");
    CAMBIST_TRY(const auto key, keys.encryption_key(client, *alg));
    return jose::encrypt_compact({key.key, alg, enc, key.kid}, "JWT", jwt, random);
}

}  // namespace cambist::tokens
