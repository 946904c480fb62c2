// SPDX-License-Identifier: Apache-2.0
#include "jose/encryption.h"

#include <algorithm>
#include <array>

namespace cambist::jose {

namespace {

constexpr std::array<KeyManagement, 6> kKeyManagements{
    {{"RSA-OAEP-256", KeyTransport::kOaep256},
     {"RSA-OAEP", KeyTransport::kOaep},
     {"ECDH-ES", KeyTransport::kAgree},
     {"ECDH-ES+A128KW", KeyTransport::kAgreeAndWrap, 16},
     {"ECDH-ES+A192KW", KeyTransport::kAgreeAndWrap, 24},
     {"ECDH-ES+A256KW", KeyTransport::kAgreeAndWrap, 32}}};

constexpr std::array<ContentEncryption, 6> kContentEncryptions{
    {{"A128CBC-HS256", crypto::ContentCipher::kA128CbcHs256},
     {"A192CBC-HS384", crypto::ContentCipher::kA192CbcHs384},
     {"A256CBC-HS512", crypto::ContentCipher::kA256CbcHs512},
     {"A128GCM", crypto::ContentCipher::kA128Gcm},
     {"A192GCM", crypto::ContentCipher::kA192Gcm},
     {"A256GCM", crypto::ContentCipher::kA256Gcm}}};

template <class Rows>
auto find_in(const Rows& rows, std::string_view name) -> decltype(rows.data()) {
    const auto found =
        std::ranges::find_if(rows, [&](const auto& row) { return row.name == name; });
    return found == rows.end() ? nullptr : &*found;
}

}  // namespace

std::span<const KeyManagement> key_managements() { return kKeyManagements; }
std::span<const ContentEncryption> content_encryptions() { return kContentEncryptions; }

const KeyManagement* find_key_management(std::string_view name) {
    return find_in(kKeyManagements, name);
}

const ContentEncryption* find_content_encryption(std::string_view name) {
    return find_in(kContentEncryptions, name);
}

bool fits(const KeyManagement& algorithm, crypto::KeyKind kind) {
    using enum crypto::KeyKind;
    const bool is_rsa =
        algorithm.transport == KeyTransport::kOaep || algorithm.transport == KeyTransport::kOaep256;
    if (is_rsa) return kind == kRsa;
    return kind == kP256 || kind == kP384 || kind == kP521 || kind == kX25519;
}

}  // namespace cambist::jose
