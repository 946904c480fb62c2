// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_management.h"

#include <openssl/rsa.h>

#include <array>

#include "crypto/openssl.h"

namespace cambist::crypto {

namespace {

constexpr std::size_t kWrapOverhead = 8;
constexpr std::size_t kMaxWrapped = 128;
constexpr std::size_t kX25519Bytes = 32;

using KdfContextPtr = std::unique_ptr<EVP_KDF_CTX, Free<EVP_KDF_CTX_free>>;

std::unexpected<Error> undecryptable() {
    drain_errors();
    return fail(ErrorCode::kTokenNotDecrypted);
}

Status set_oaep(EVP_PKEY_CTX* context, OaepHash hash) {
    const auto* digest = hash == OaepHash::kSha1 ? EVP_sha1() : EVP_sha256();
    const auto* mask = hash == OaepHash::kSha256 ? EVP_sha256() : EVP_sha1();
    if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_oaep_md(context, digest) != 1 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md(context, mask) != 1)
        return fail_crypto("the key can not be used with OAEP");
    return {};
}

PkeyContextPtr context_of(const KeyHandle& handle) {
    return PkeyContextPtr(EVP_PKEY_CTX_new_from_pkey(nullptr, handle.pkey.get(), nullptr));
}

const EVP_CIPHER* wrap_cipher(std::size_t key_size) {
    switch (key_size) {
        case 16:
            return EVP_aes_128_wrap();
        case 24:
            return EVP_aes_192_wrap();
        case 32:
            return EVP_aes_256_wrap();
        default:
            return nullptr;
    }
}

// A number of 32 bits and what it counts (RFC 7518 section 4.6.2).
void append_counted(std::string& text, std::string_view data) {
    for (int shift = 24; shift >= 0; shift -= 8)
        text.push_back(static_cast<char>((data.size() >> static_cast<unsigned>(shift)) & 0xFFU));
    text.append(data);
}

}  // namespace

Result<std::string> oaep_encrypt(const PublicKey& key, OaepHash hash, const Secret& content_key) {
    if (key.kind() != KeyKind::kRsa) return fail(ErrorCode::kCrypto, "OAEP needs an RSA key");
    const auto context = context_of(key.handle());
    if (!context || EVP_PKEY_encrypt_init(context.get()) != 1)
        return fail_crypto("the key can not encrypt");
    CAMBIST_CHECK(set_oaep(context.get(), hash));
    std::string encrypted(static_cast<std::size_t>(EVP_PKEY_get_size(key.handle().pkey.get())),
                          '\0');
    auto size = encrypted.size();
    const auto plain = content_key.expose();
    if (EVP_PKEY_encrypt(context.get(), bytes_of(encrypted), &size, bytes_of(plain),
                         plain.size()) != 1)
        return fail_crypto("the key can not encrypt");
    encrypted.resize(size);
    return encrypted;
}

Result<Secret> oaep_decrypt(const PrivateKey& key, OaepHash hash, std::string_view encrypted) {
    const auto& handle = key.handle();
    const auto size_of_key = static_cast<std::size_t>(EVP_PKEY_get_size(handle.pkey.get()));
    if (handle.kind != KeyKind::kRsa || encrypted.size() != size_of_key) return undecryptable();
    const auto context = context_of(handle);
    if (!context || EVP_PKEY_decrypt_init(context.get()) != 1) return undecryptable();
    CAMBIST_CHECK(set_oaep(context.get(), hash));
    std::string plain(size_of_key, '\0');
    auto size = plain.size();
    const bool good = EVP_PKEY_decrypt(context.get(), bytes_of(plain), &size, bytes_of(encrypted),
                                       encrypted.size()) == 1;
    Secret opened(good ? std::string_view(plain).substr(0, size) : std::string_view());
    OPENSSL_cleanse(plain.data(), plain.size());
    if (!good) return undecryptable();
    return opened;
}

Result<std::string> wrap_key(const Secret& key_encryption_key, const Secret& content_key) {
    const auto plain = content_key.expose();
    const auto* cipher = wrap_cipher(key_encryption_key.expose().size());
    if (cipher == nullptr || plain.size() % kWrapOverhead != 0 || plain.size() > kMaxWrapped)
        return fail(ErrorCode::kCrypto, "a key of this length can not be wrapped");
    const CipherContextPtr context(EVP_CIPHER_CTX_new());
    CAMBIST_ASSERT(context != nullptr);
    EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    std::string wrapped(plain.size() + 2 * kWrapOverhead, '\0');
    int written = 0;
    if (EVP_EncryptInit_ex(context.get(), cipher, nullptr, bytes_of(key_encryption_key.expose()),
                           nullptr) != 1 ||
        EVP_EncryptUpdate(context.get(), bytes_of(wrapped), &written, bytes_of(plain),
                          static_cast<int>(plain.size())) != 1)
        return fail_crypto("the key can not be wrapped");
    wrapped.resize(static_cast<std::size_t>(written));
    return wrapped;
}

Result<Secret> unwrap_key(const Secret& key_encryption_key, std::string_view wrapped) {
    const auto* cipher = wrap_cipher(key_encryption_key.expose().size());
    if (cipher == nullptr || wrapped.size() < 3 * kWrapOverhead ||
        wrapped.size() > kMaxWrapped + kWrapOverhead || wrapped.size() % kWrapOverhead != 0)
        return undecryptable();
    const CipherContextPtr context(EVP_CIPHER_CTX_new());
    CAMBIST_ASSERT(context != nullptr);
    EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    std::string plain(wrapped.size() + kWrapOverhead, '\0');
    int written = 0;
    const bool good = EVP_DecryptInit_ex(context.get(), cipher, nullptr,
                                         bytes_of(key_encryption_key.expose()), nullptr) == 1 &&
                      EVP_DecryptUpdate(context.get(), bytes_of(plain), &written, bytes_of(wrapped),
                                        static_cast<int>(wrapped.size())) == 1;
    Secret opened(good ? std::string_view(plain).substr(0, static_cast<std::size_t>(written))
                       : std::string_view());
    OPENSSL_cleanse(plain.data(), plain.size());
    if (!good) return undecryptable();
    return opened;
}

Result<Secret> agree(const PrivateKey& ours, const PublicKey& theirs) {
    const auto* curve = curve_of(ours.kind());
    const bool is_x25519 = ours.kind() == KeyKind::kX25519;
    if (ours.kind() != theirs.kind() || (curve == nullptr && !is_x25519)) return undecryptable();
    const auto context = context_of(ours.handle());
    if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), theirs.handle().pkey.get()) != 1)
        return undecryptable();
    std::string bytes(is_x25519 ? kX25519Bytes : curve->bytes, '\0');
    auto size = bytes.size();
    // Of a point of small order X25519 would agree on zeros with everybody: that is an error here
    // (RFC 8037 section 6, RFC 7748 section 6.1).
    const bool good = EVP_PKEY_derive(context.get(), bytes_of(bytes), &size) == 1;
    Secret agreed(good ? std::string_view(bytes).substr(0, size) : std::string_view());
    OPENSSL_cleanse(bytes.data(), bytes.size());
    if (!good) return undecryptable();
    return agreed;
}

Result<Secret> derive_agreed(const Secret& agreed, std::string_view algorithm,
                             std::string_view party_u, std::string_view party_v,
                             std::size_t bytes) {
    std::string info;
    append_counted(info, algorithm);
    append_counted(info, party_u);
    append_counted(info, party_v);
    const auto bits = bytes * 8;
    for (int shift = 24; shift >= 0; shift -= 8)
        info.push_back(static_cast<char>((bits >> static_cast<unsigned>(shift)) & 0xFFU));
    EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "SSKDF", nullptr);
    const KdfContextPtr context(EVP_KDF_CTX_new(kdf));
    EVP_KDF_free(kdf);
    std::string digest = "SHA256";
    std::string secret(agreed.expose());
    std::array<OSSL_PARAM, 4> params{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
        OSSL_PARAM_construct_end()};
    std::string derived(bytes, '\0');
    const bool good = context && EVP_KDF_derive(context.get(), bytes_of(derived), derived.size(),
                                                params.data()) == 1;
    Secret made(good ? std::string_view(derived) : std::string_view());
    OPENSSL_cleanse(derived.data(), derived.size());
    OPENSSL_cleanse(secret.data(), secret.size());
    if (!good) return fail_crypto("the agreed key can not be derived");
    return made;
}

}  // namespace cambist::crypto
