// SPDX-License-Identifier: Apache-2.0
#include "crypto/openssl.h"

#include <openssl/err.h>

#include <array>

namespace cambist::crypto {

std::string drain_errors() {
    std::string text;
    while (const auto code = ERR_get_error()) {
        std::array<char, 256> line{};
        ERR_error_string_n(code, line.data(), line.size());
        if (text.size() > 1000) continue;
        if (!text.empty()) text += "; ";
        text += line.data();
    }
    return text;
}

std::unexpected<Error> fail_crypto(std::string hint) {
    return fail(ErrorCode::kCrypto, std::move(hint), drain_errors());
}

const char* name_of(Hash hash) {
    switch (hash) {
        case Hash::kSha256:
            return "SHA256";
        case Hash::kSha384:
            return "SHA384";
        case Hash::kSha512:
            return "SHA512";
    }
    std::abort();
}

namespace {

const EVP_MD* fetch(Hash hash) {
    const EVP_MD* fetched_digest = EVP_MD_fetch(nullptr, name_of(hash), nullptr);
    CAMBIST_ASSERT(fetched_digest != nullptr);
    return fetched_digest;
}

}  // namespace

// Never freed: threads may still hash while the process ends.
const EVP_MD* fetched(Hash hash) {
    static const std::array<const EVP_MD*, 3> digests{fetch(Hash::kSha256), fetch(Hash::kSha384),
                                                      fetch(Hash::kSha512)};
    return digests.at(static_cast<std::size_t>(hash));
}

}  // namespace cambist::crypto
