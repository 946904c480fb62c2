// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <algorithm>
#include <array>

#include "base/base64url.h"
#include "crypto/openssl.h"

namespace cambist::crypto {

namespace {

// One context a thread: making one costs as much as the hash of a short text.
EVP_MD_CTX* thread_context() {
    thread_local const DigestContextPtr context(EVP_MD_CTX_new());
    CAMBIST_ASSERT(context != nullptr);
    return context.get();
}

std::string digest_parts(Hash hash, std::initializer_list<std::string_view> parts) {
    DigestBytes bytes;
    const auto size = digest_into(hash, parts, bytes);
    return {reinterpret_cast<const char*>(bytes.data()), size};
}

}  // namespace

// A digest of memory can only fail when memory has run out.
std::size_t digest_into(Hash hash, std::initializer_list<std::string_view> parts,
                        DigestBytes& out) {
    auto* context = thread_context();
    CAMBIST_ASSERT(EVP_DigestInit_ex2(context, fetched(hash), nullptr) == 1);
    for (const auto part : parts)
        CAMBIST_ASSERT(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
    unsigned size = 0;
    CAMBIST_ASSERT(EVP_DigestFinal_ex(context, out.data(), &size) == 1);
    return size;
}

std::string digest(Hash hash, std::string_view bytes) { return digest_parts(hash, {bytes}); }
std::string sha256(std::string_view bytes) { return digest_parts(Hash::kSha256, {bytes}); }
std::string sha256(std::initializer_list<std::string_view> parts) {
    return digest_parts(Hash::kSha256, parts);
}

std::string hmac(Hash hash, std::string_view key, std::string_view message) {
    constexpr std::size_t kLongestBlock = 128;
    const std::size_t block = hash == Hash::kSha256 ? 64 : kLongestBlock;
    std::array<char, kLongestBlock> inner{};
    std::array<char, kLongestBlock> outer{};
    if (key.size() > block) {
        std::ranges::copy(digest(hash, key), inner.begin());
    } else {
        std::ranges::copy(key, inner.begin());
    }
    outer = inner;
    for (auto& byte : inner) byte = static_cast<char>(byte ^ 0x36);
    for (auto& byte : outer) byte = static_cast<char>(byte ^ 0x5c);
    const auto first = digest_parts(hash, {std::string_view(inner.data(), block), message});
    auto out = digest_parts(hash, {std::string_view(outer.data(), block), first});
    OPENSSL_cleanse(inner.data(), inner.size());
    OPENSSL_cleanse(outer.data(), outer.size());
    return out;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
    return hmac(Hash::kSha256, key, message);
}

std::string name_uuid(std::string_view name) {
    constexpr std::size_t kBytes = 16;
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<unsigned char, kBytes> bytes{};
    std::size_t size = 0;
    CAMBIST_ASSERT(
        EVP_Q_digest(nullptr, "MD5", nullptr, name.data(), name.size(), bytes.data(), &size) == 1 &&
        size == kBytes);
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fU) | 0x30U);  // version 3
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fU) | 0x80U);  // variant
    std::string text;
    for (std::size_t i = 0; i < kBytes; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += kHex[bytes[i] >> 4U];
        text += kHex[bytes[i] & 0x0fU];
    }
    return text;
}

std::string sha256_base64url(std::string_view bytes) { return base64url_encode(sha256(bytes)); }

}  // namespace cambist::crypto
