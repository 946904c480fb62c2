// SPDX-License-Identifier: Apache-2.0
#include "crypto/content_cipher.h"

#include <array>

#include "crypto/openssl.h"

namespace cambist::crypto {

namespace {

constexpr std::size_t kMaxBytes = 16UL * 1024 * 1024;
constexpr std::size_t kGcmIv = 12;
constexpr std::size_t kCbcIv = 16;
constexpr std::size_t kGcmTag = 16;
constexpr std::size_t kBlock = 16;

struct CipherRow {
    const char* name;           // OpenSSL's
    std::size_t key;            // of AES alone
    const char* mac = nullptr;  // the hash of CBC's HMAC; null for GCM
};

CipherRow row_of(ContentCipher cipher) {
    switch (cipher) {
        case ContentCipher::kA128Gcm:
            return {"AES-128-GCM", 16};
        case ContentCipher::kA192Gcm:
            return {"AES-192-GCM", 24};
        case ContentCipher::kA256Gcm:
            return {"AES-256-GCM", 32};
        case ContentCipher::kA128CbcHs256:
            return {"AES-128-CBC", 16, "SHA256"};
        case ContentCipher::kA192CbcHs384:
            return {"AES-192-CBC", 24, "SHA384"};
        case ContentCipher::kA256CbcHs512:
            return {"AES-256-CBC", 32, "SHA512"};
    }
    std::abort();
}

// Never freed: threads may still encrypt while the process ends.
const EVP_CIPHER* fetched(ContentCipher cipher) {
    const auto fetch = [](ContentCipher one) {
        const EVP_CIPHER* found = EVP_CIPHER_fetch(nullptr, row_of(one).name, nullptr);
        CAMBIST_ASSERT(found != nullptr);
        return found;
    };
    using enum ContentCipher;
    static const std::array<const EVP_CIPHER*, 6> ciphers{
        fetch(kA128Gcm),      fetch(kA192Gcm),      fetch(kA256Gcm),
        fetch(kA128CbcHs256), fetch(kA192CbcHs384), fetch(kA256CbcHs512)};
    return ciphers.at(static_cast<std::size_t>(cipher));
}

int length(std::string_view text) { return static_cast<int>(text.size()); }

std::unexpected<Error> undecryptable() {
    drain_errors();  // what the library says would tell one cause from another
    return fail(ErrorCode::kTokenNotDecrypted);
}

// RFC 7518 section 5.2.2.1: the first half of the key authenticates, the second encrypts.
std::string cbc_tag(const CipherRow& row, const Secret& key, std::string_view associated,
                    std::string_view iv, std::string_view ciphertext) {
    std::string message;
    message.reserve(associated.size() + iv.size() + ciphertext.size() + 8);
    message.append(associated).append(iv).append(ciphertext);
    const auto bits = static_cast<std::uint64_t>(associated.size()) * 8;
    for (int shift = 56; shift >= 0; shift -= 8)
        message.push_back(static_cast<char>((bits >> static_cast<unsigned>(shift)) & 0xFFU));
    std::string tag(EVP_MAX_MD_SIZE, '\0');
    std::size_t size = 0;
    CAMBIST_ASSERT(EVP_Q_mac(nullptr, "HMAC", nullptr, row.mac, nullptr, key.expose().data(),
                             row.key, bytes_of(message), message.size(), bytes_of(tag), tag.size(),
                             &size) != nullptr);
    tag.resize(row.key);  // the left half of the hash, which is as long as the key
    return tag;
}

std::string_view aes_key(const CipherRow& row, const Secret& key) {
    return row.mac == nullptr ? key.expose() : key.expose().substr(row.key);
}

std::string random_bytes(const Random& random, std::size_t size) {
    std::string bytes(size, '\0');
    random.fill({bytes_of(bytes), size});
    return bytes;
}

}  // namespace

std::size_t key_bytes(ContentCipher cipher) {
    const auto row = row_of(cipher);
    return row.mac == nullptr ? row.key : 2 * row.key;
}

Secret make_content_key(ContentCipher cipher, const Random& random) {
    auto bytes = random_bytes(random, key_bytes(cipher));
    Secret key(bytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return key;
}

Result<Encrypted> encrypt(ContentCipher cipher, const Secret& key, std::string_view plaintext,
                          std::string_view associated, const Random& random) {
    const auto row = row_of(cipher);
    CAMBIST_ASSERT(key.expose().size() == key_bytes(cipher));
    if (plaintext.size() > kMaxBytes || associated.size() > kMaxBytes)
        return fail(ErrorCode::kCrypto, "the text is too long to be encrypted");
    const bool is_gcm = row.mac == nullptr;
    Encrypted made{
        .iv = random_bytes(random, is_gcm ? kGcmIv : kCbcIv), .ciphertext = {}, .tag = {}};
    made.ciphertext.resize(plaintext.size() + kBlock);
    const CipherContextPtr context(EVP_CIPHER_CTX_new());
    int written = 0;
    int rest = 0;
    bool good =
        context && EVP_EncryptInit_ex2(context.get(), fetched(cipher), bytes_of(aes_key(row, key)),
                                       bytes_of(made.iv), nullptr) == 1;
    if (is_gcm)
        good = good && EVP_EncryptUpdate(context.get(), nullptr, &written, bytes_of(associated),
                                         length(associated)) == 1;
    good = good &&
           EVP_EncryptUpdate(context.get(), bytes_of(made.ciphertext), &written,
                             bytes_of(plaintext), length(plaintext)) == 1 &&
           EVP_EncryptFinal_ex(context.get(), bytes_of(made.ciphertext) + written, &rest) == 1;
    if (!good) return fail_crypto("the text can not be encrypted");
    made.ciphertext.resize(static_cast<std::size_t>(written + rest));
    if (!is_gcm) {
        made.tag = cbc_tag(row, key, associated, made.iv, made.ciphertext);
        return made;
    }
    made.tag.resize(kGcmTag);
    if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kGcmTag),
                            made.tag.data()) != 1)
        return fail_crypto("the text can not be encrypted");
    return made;
}

Result<Secret> decrypt(ContentCipher cipher, const Secret& key, const Encrypted& encrypted,
                       std::string_view associated) {
    const auto row = row_of(cipher);
    const bool is_gcm = row.mac == nullptr;
    const bool fits = key.expose().size() == key_bytes(cipher) &&
                      encrypted.iv.size() == (is_gcm ? kGcmIv : kCbcIv) &&
                      encrypted.tag.size() == (is_gcm ? kGcmTag : row.key) &&
                      encrypted.ciphertext.size() <= kMaxBytes && associated.size() <= kMaxBytes;
    if (!fits) return undecryptable();
    if (!is_gcm &&
        !equal_in_constant_time(cbc_tag(row, key, associated, encrypted.iv, encrypted.ciphertext),
                                encrypted.tag))
        return undecryptable();
    std::string plaintext(encrypted.ciphertext.size() + kBlock, '\0');
    std::string tag = encrypted.tag;
    const CipherContextPtr context(EVP_CIPHER_CTX_new());
    int written = 0;
    int rest = 0;
    bool good =
        context && EVP_DecryptInit_ex2(context.get(), fetched(cipher), bytes_of(aes_key(row, key)),
                                       bytes_of(encrypted.iv), nullptr) == 1;
    if (is_gcm)
        good = good &&
               EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kGcmTag),
                                   tag.data()) == 1 &&
               EVP_DecryptUpdate(context.get(), nullptr, &written, bytes_of(associated),
                                 length(associated)) == 1;
    good = good &&
           EVP_DecryptUpdate(context.get(), bytes_of(plaintext), &written,
                             bytes_of(encrypted.ciphertext), length(encrypted.ciphertext)) == 1 &&
           EVP_DecryptFinal_ex(context.get(), bytes_of(plaintext) + written, &rest) == 1;
    Secret opened(
        good ? std::string_view(plaintext).substr(0, static_cast<std::size_t>(written + rest))
             : std::string_view());
    OPENSSL_cleanse(plaintext.data(), plaintext.size());
    if (!good) return undecryptable();
    return opened;
}

Result<Secret> decrypt_xml_cbc(const Secret& key, std::string_view iv,
                               std::string_view ciphertext) {
    const auto key_size = key.expose().size();
    const EVP_CIPHER* cipher = key_size == 16   ? EVP_aes_128_cbc()
                               : key_size == 24 ? EVP_aes_192_cbc()
                               : key_size == 32 ? EVP_aes_256_cbc()
                                                : nullptr;
    if (cipher == nullptr || iv.size() != kCbcIv || ciphertext.empty() ||
        ciphertext.size() % kBlock != 0 || ciphertext.size() > kMaxBytes)
        return undecryptable();
    std::string plaintext(ciphertext.size() + kBlock, '\0');
    const CipherContextPtr context(EVP_CIPHER_CTX_new());
    int written = 0;
    const bool good = context &&
                      EVP_DecryptInit_ex2(context.get(), cipher, bytes_of(key.expose()),
                                          bytes_of(iv), nullptr) == 1 &&
                      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                      EVP_DecryptUpdate(context.get(), bytes_of(plaintext), &written,
                                        bytes_of(ciphertext), length(ciphertext)) == 1 &&
                      static_cast<std::size_t>(written) == ciphertext.size();
    const auto padding =
        good ? static_cast<unsigned char>(plaintext.at(ciphertext.size() - 1)) : 0U;
    const bool has_text = padding >= 1 && padding <= kBlock;
    Secret opened(has_text ? std::string_view(plaintext).substr(0, ciphertext.size() - padding)
                           : std::string_view());
    OPENSSL_cleanse(plaintext.data(), plaintext.size());
    if (!has_text) return undecryptable();
    return opened;
}

}  // namespace cambist::crypto
