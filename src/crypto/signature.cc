// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.h"

#include <algorithm>
#include <array>

#include "crypto/openssl.h"

namespace cambist::crypto {

namespace {

enum class Family { kRsaPkcs1, kRsaPss, kEcdsa, kEdDsa };

struct AlgorithmRow {
    Family family;
    Hash hash;     // not of EdDSA
    KeyKind kind;  // the only one it works with
};

AlgorithmRow row_of(SignatureAlgorithm algorithm) {
    switch (algorithm) {
        case SignatureAlgorithm::kRs256:
            return {Family::kRsaPkcs1, Hash::kSha256, KeyKind::kRsa};
        case SignatureAlgorithm::kRs384:
            return {Family::kRsaPkcs1, Hash::kSha384, KeyKind::kRsa};
        case SignatureAlgorithm::kRs512:
            return {Family::kRsaPkcs1, Hash::kSha512, KeyKind::kRsa};
        case SignatureAlgorithm::kPs256:
            return {Family::kRsaPss, Hash::kSha256, KeyKind::kRsa};
        case SignatureAlgorithm::kPs384:
            return {Family::kRsaPss, Hash::kSha384, KeyKind::kRsa};
        case SignatureAlgorithm::kPs512:
            return {Family::kRsaPss, Hash::kSha512, KeyKind::kRsa};
        case SignatureAlgorithm::kEs256:
            return {Family::kEcdsa, Hash::kSha256, KeyKind::kP256};
        case SignatureAlgorithm::kEs384:
            return {Family::kEcdsa, Hash::kSha384, KeyKind::kP384};
        case SignatureAlgorithm::kEs512:
            return {Family::kEcdsa, Hash::kSha512, KeyKind::kP521};
        case SignatureAlgorithm::kEdDsa:
            return {Family::kEdDsa, Hash::kSha512, KeyKind::kEd25519};
    }
    std::abort();
}

enum class Direction { kSign, kVerify };

// A context that is ready for its first byte: key, hash and padding are set.
Result<DigestContextPtr> make_template(const KeyHandle& key, const AlgorithmRow& row,
                                       Direction direction) {
    DigestContextPtr context(EVP_MD_CTX_new());
    CAMBIST_ASSERT(context != nullptr);
    const char* hash = row.family == Family::kEdDsa ? nullptr : name_of(row.hash);
    EVP_PKEY_CTX* inner = nullptr;  // owned by the context
    const auto init =
        direction == Direction::kSign ? EVP_DigestSignInit_ex : EVP_DigestVerifyInit_ex;
    if (init(context.get(), &inner, hash, nullptr, nullptr, key.pkey.get(), nullptr) != 1)
        return fail_crypto("the key can not be used with this algorithm");
    if (row.family == Family::kRsaPss &&
        (EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) != 1 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, RSA_PSS_SALTLEN_DIGEST) != 1))
        return fail_crypto("the key can not be used with PSS");
    return context;
}

// The templates of one thread, by key and algorithm; when full, the longest unused makes room.
// Copying one is far cheaper than setting it up.
class TemplateCache {
  public:
    Result<const EVP_MD_CTX*> find_or_make(const KeyHandle& key, SignatureAlgorithm algorithm,
                                           Direction direction) {
        Entry* oldest = entries_.data();
        for (auto& entry : entries_) {
            if (entry.key_id == key.id && entry.algorithm == algorithm &&
                entry.direction == direction) {
                entry.used = ++clock_;
                return entry.context.get();
            }
            if (entry.used < oldest->used) oldest = &entry;
        }
        CAMBIST_TRY(auto context, make_template(key, row_of(algorithm), direction));
        *oldest = Entry{key.id, ++clock_, algorithm, direction, std::move(context)};
        return oldest->context.get();
    }
    EVP_MD_CTX* scratch() { return scratch_.get(); }

  private:
    struct Entry {
        std::uint64_t key_id = 0;  // no key has 0
        std::uint64_t used = 0;
        SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256;
        Direction direction = Direction::kSign;
        DigestContextPtr context;
    };
    static constexpr std::size_t kEntries = 64;
    std::array<Entry, kEntries> entries_;
    std::uint64_t clock_ = 0;
    DigestContextPtr scratch_{EVP_MD_CTX_new()};
};

// A context for one operation, copied from the template.
Result<EVP_MD_CTX*> take_context(const KeyHandle& key, SignatureAlgorithm algorithm,
                                 Direction direction) {
    if (!fits(algorithm, key.kind))
        return fail(ErrorCode::kCrypto, "the key is of another kind than the algorithm needs");
    thread_local TemplateCache cache;
    CAMBIST_TRY(const auto* prepared, cache.find_or_make(key, algorithm, direction));
    CAMBIST_ASSERT(cache.scratch() != nullptr);
    if (EVP_MD_CTX_copy_ex(cache.scratch(), prepared) != 1)
        return fail_crypto("a context can not be copied");
    return cache.scratch();
}

Result<std::string> raw_of_der(const std::string& der, std::size_t half) {
    const auto* from = bytes_of(der);
    const EcdsaSignaturePtr signature(d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(der.size())));
    std::string raw(2 * half, '\0');
    const auto size = static_cast<int>(half);
    if (!signature ||
        BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes_of(raw), size) != size ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes_of(raw) + half, size) != size)
        return fail_crypto("the signature made can not be read");
    return raw;
}

// RFC 7518 section 3.4. Numbers of n and more are refused by the library, zeros here as well
// (CVE-2022-21449 was somebody's missing check).
Result<std::string> der_of_raw(std::string_view raw, std::size_t half) {
    if (raw.size() != 2 * half)
        return fail(ErrorCode::kCrypto, "the signature has the wrong length");
    const auto size = static_cast<int>(half);
    NumberPtr r(BN_bin2bn(bytes_of(raw), size, nullptr));
    NumberPtr s(BN_bin2bn(bytes_of(raw) + half, size, nullptr));
    const EcdsaSignaturePtr signature(ECDSA_SIG_new());
    CAMBIST_ASSERT(r && s && signature);
    if (BN_is_zero(r.get()) == 1 || BN_is_zero(s.get()) == 1)
        return fail(ErrorCode::kCrypto, "a number of the signature is zero");
    CAMBIST_ASSERT(ECDSA_SIG_set0(signature.get(), r.release(), s.release()) == 1);
    std::string der(2 * half + 16, '\0');
    auto* to = bytes_of(der);
    const int written = i2d_ECDSA_SIG(signature.get(), &to);
    CAMBIST_ASSERT(written > 0 && static_cast<std::size_t>(written) <= der.size());
    der.resize(static_cast<std::size_t>(written));
    return der;
}

}  // namespace

bool fits(SignatureAlgorithm algorithm, KeyKind kind) { return row_of(algorithm).kind == kind; }

Result<std::string> sign(const PrivateKey& key, SignatureAlgorithm algorithm,
                         std::string_view message) {
    const auto& handle = key.handle();
    CAMBIST_TRY(auto* context, take_context(handle, algorithm, Direction::kSign));
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(handle.pkey.get())), '\0');
    auto size = signature.size();
    if (EVP_DigestSign(context, bytes_of(signature), &size, bytes_of(message), message.size()) != 1)
        return fail_crypto("the message can not be signed");
    signature.resize(size);
    if (row_of(algorithm).family != Family::kEcdsa) return signature;
    return raw_of_der(signature, curve_of(handle.kind)->bytes);
}

Status verify(const PublicKey& key, SignatureAlgorithm algorithm, std::string_view message,
              std::string_view signature) {
    const auto& handle = key.handle();
    CAMBIST_TRY(auto* context, take_context(handle, algorithm, Direction::kVerify));
    std::string der;
    const auto family = row_of(algorithm).family;
    if (family == Family::kEcdsa) {
        CAMBIST_TRY(der, der_of_raw(signature, curve_of(handle.kind)->bytes));
        signature = der;
    }
    // RFC 8017 section 8.1.2, step 1. OpenSSL takes a PSS signature without its leading zero, which
    // would make two texts of one token.
    const bool is_rsa = family == Family::kRsaPkcs1 || family == Family::kRsaPss;
    if (is_rsa &&
        signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(handle.pkey.get())))
        return fail_crypto("the signature has the wrong length");
    if (EVP_DigestVerify(context, bytes_of(signature), signature.size(), bytes_of(message),
                         message.size()) != 1)
        return fail_crypto("the signature is wrong");
    return {};
}

}  // namespace cambist::crypto
