// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret_box.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/openssl.h"

namespace cambist::crypto {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kMinContent = 32;
constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kHeadBytes = 1 + kIdBytes;
constexpr std::size_t kOverhead = kHeadBytes + kNonceBytes + kTagBytes;
constexpr std::size_t kMaxBytes = 16UL * 1024 * 1024;

const EVP_CIPHER* aes_256_gcm() {
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    CAMBIST_ASSERT(cipher != nullptr);
    return cipher;
}

std::string_view without_line_end(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

// RFC 5869 for one block of output: extract with a fixed salt, expand with the purpose.
Secret derive(std::string_view content, std::string_view purpose) {
    auto extracted = hmac_sha256("cambist secret box", content);
    auto expanded = hmac_sha256(extracted, std::string(purpose) + '\x01');
    Secret derived(expanded);
    OPENSSL_cleanse(extracted.data(), extracted.size());
    OPENSSL_cleanse(expanded.data(), expanded.size());
    return derived;
}

int length(std::string_view text) { return static_cast<int>(text.size()); }

// Version, key id and context are authenticated, not encrypted.
bool feed_associated(EVP_CIPHER_CTX* cipher, std::string_view head, std::string_view context,
                     bool sealing) {
    const auto update = sealing ? EVP_EncryptUpdate : EVP_DecryptUpdate;
    int written = 0;
    return update(cipher, nullptr, &written, bytes_of(head), length(head)) == 1 &&
           (context.empty() ||
            update(cipher, nullptr, &written, bytes_of(context), length(context)) == 1);
}

}  // namespace

Result<SecretBox> SecretBox::from_key_files(const std::vector<Secret>& contents) {
    if (contents.empty()) return fail(ErrorCode::kConfigInvalid, "no encryption key is given");
    SecretBox box;
    for (const auto& content : contents) {
        const auto text = without_line_end(content.expose());
        if (text.size() < kMinContent)
            return fail(ErrorCode::kConfigInvalid,
                        "an encryption key needs at least 32 bytes: openssl rand -base64 32");
        Key key{{}, derive(text, "cambist secret box v1 key")};
        std::ranges::copy(derive(text, "cambist secret box v1 id").expose().substr(0, kIdBytes),
                          key.id.begin());
        box.keys_.push_back(std::move(key));
    }
    return box;
}

Result<std::string> SecretBox::seal(std::string_view plaintext, std::string_view context,
                                    const Random& random) const {
    if (plaintext.size() > kMaxBytes || context.size() > kMaxBytes)
        return fail(ErrorCode::kCrypto, "the text is too long to be sealed");
    const auto& key = keys_.front();
    std::string sealed(plaintext.size() + kOverhead, '\0');
    sealed[0] = kVersion;
    std::ranges::copy(key.id, sealed.begin() + 1);
    auto* nonce = bytes_of(sealed) + kHeadBytes;
    random.fill({nonce, kNonceBytes});
    auto* body = nonce + kNonceBytes;
    const CipherContextPtr cipher(EVP_CIPHER_CTX_new());
    const auto head = std::string_view(sealed).substr(0, kHeadBytes);
    int written = 0;
    const bool good =
        cipher &&
        EVP_EncryptInit_ex2(cipher.get(), aes_256_gcm(), bytes_of(key.bytes.expose()), nonce,
                            nullptr) == 1 &&
        feed_associated(cipher.get(), head, context, true) &&
        (plaintext.empty() || EVP_EncryptUpdate(cipher.get(), body, &written, bytes_of(plaintext),
                                                length(plaintext)) == 1) &&
        EVP_EncryptFinal_ex(cipher.get(), body + written, &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes,
                            body + plaintext.size()) == 1;
    if (!good) return fail_crypto("the text can not be sealed");
    return sealed;
}

Result<Secret> SecretBox::open(std::string_view sealed, std::string_view context) const {
    if (sealed.size() < kOverhead || sealed.size() > kMaxBytes + kOverhead || sealed[0] != kVersion)
        return fail(ErrorCode::kCrypto, "this is no text sealed by us");
    const auto id = sealed.substr(1, kIdBytes);
    const auto key = std::ranges::find_if(
        keys_, [&](const Key& candidate) { return std::ranges::equal(candidate.id, id); });
    if (key == keys_.end())
        return fail(ErrorCode::kCrypto,
                    "the text is sealed by an encryption key that is not given");
    const auto nonce = sealed.substr(kHeadBytes, kNonceBytes);
    const auto body = sealed.substr(kHeadBytes + kNonceBytes, sealed.size() - kOverhead);
    std::string tag(sealed.substr(sealed.size() - kTagBytes));
    std::string plaintext(body.size() + kTagBytes, '\0');
    const CipherContextPtr cipher(EVP_CIPHER_CTX_new());
    int written = 0;
    const bool good =
        cipher &&
        EVP_DecryptInit_ex2(cipher.get(), aes_256_gcm(), bytes_of(key->bytes.expose()),
                            bytes_of(nonce), nullptr) == 1 &&
        feed_associated(cipher.get(), sealed.substr(0, kHeadBytes), context, false) &&
        (body.empty() || EVP_DecryptUpdate(cipher.get(), bytes_of(plaintext), &written,
                                           bytes_of(body), length(body)) == 1) &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(cipher.get(), bytes_of(plaintext) + written, &written) == 1;
    Secret secret(good ? std::string_view(plaintext).substr(0, body.size()) : std::string_view{});
    OPENSSL_cleanse(plaintext.data(), plaintext.size());
    if (!good) return fail_crypto("the sealed text was changed or belongs to another place");
    return secret;
}

bool SecretBox::needs_reseal(std::string_view sealed) const {
    return sealed.size() < kOverhead || sealed[0] != kVersion ||
           !std::ranges::equal(keys_.front().id, sealed.substr(1, kIdBytes));
}

}  // namespace cambist::crypto
