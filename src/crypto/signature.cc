// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.h"

#include <algorithm>
#include <array>
#include <span>

#include "crypto/ecdsa_der.h"
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

// What is ready to sign or to verify with one key. RSA and ECDSA work on a digest and have a
// context that serves again and again; EdDSA (RFC 8032) hashes by itself, and its context is
// copied.
struct Prepared {
    PkeyContextPtr of_digest;
    DigestContextPtr of_message;  // EdDSA only
};

Result<Prepared> prepare_message(const KeyHandle& key, Direction direction) {
    Prepared prepared{nullptr, DigestContextPtr(EVP_MD_CTX_new())};
    CAMBIST_ASSERT(prepared.of_message != nullptr);
    const auto init =
        direction == Direction::kSign ? EVP_DigestSignInit_ex : EVP_DigestVerifyInit_ex;
    if (init(prepared.of_message.get(), nullptr, nullptr, nullptr, nullptr, key.pkey.get(),
             nullptr) != 1)
        return fail_crypto("the key can not be used with this algorithm");
    return prepared;
}

Result<Prepared> prepare(const KeyHandle& key, const AlgorithmRow& row, Direction direction) {
    if (row.family == Family::kEdDsa) return prepare_message(key, direction);
    Prepared prepared{PkeyContextPtr(EVP_PKEY_CTX_new_from_pkey(nullptr, key.pkey.get(), nullptr)),
                      nullptr};
    auto* context = prepared.of_digest.get();
    CAMBIST_ASSERT(context != nullptr);
    const auto init = direction == Direction::kSign ? EVP_PKEY_sign_init : EVP_PKEY_verify_init;
    bool good = init(context) == 1;
    if (row.family == Family::kRsaPkcs1)
        good = good && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    if (row.family == Family::kRsaPss)
        good = good && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1;
    good = good && EVP_PKEY_CTX_set_signature_md(context, fetched(row.hash)) == 1;
    if (row.family == Family::kRsaPss)
        good = good && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    if (!good) return fail_crypto("the key can not be used with this algorithm");
    return prepared;
}

// What one thread has prepared, by key and algorithm; when full, the longest unused makes room.
class PreparedCache {
  public:
    Result<const Prepared*> find_or_make(const KeyHandle& key, SignatureAlgorithm algorithm,
                                         Direction direction) {
        Entry* oldest = entries_.data();
        for (auto& entry : entries_) {
            if (entry.key_id == key.id && entry.algorithm == algorithm &&
                entry.direction == direction) {
                entry.used = ++clock_;
                return &entry.prepared;
            }
            if (entry.used < oldest->used) oldest = &entry;
        }
        CAMBIST_TRY(auto prepared, prepare(key, row_of(algorithm), direction));
        *oldest = Entry{key.id, ++clock_, algorithm, direction, std::move(prepared)};
        return &oldest->prepared;
    }

  private:
    struct Entry {
        std::uint64_t key_id = 0;  // no key has 0
        std::uint64_t used = 0;
        SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256;
        Direction direction = Direction::kSign;
        Prepared prepared;
    };
    static constexpr std::size_t kEntries = 64;
    std::array<Entry, kEntries> entries_;
    std::uint64_t clock_ = 0;
};

Result<const Prepared*> find_prepared(const KeyHandle& key, SignatureAlgorithm algorithm,
                                      Direction direction) {
    if (!fits(algorithm, key.kind))
        return fail(ErrorCode::kCrypto, "the key is of another kind than the algorithm needs");
    thread_local PreparedCache cache;
    return cache.find_or_make(key, algorithm, direction);
}

DigestContextPtr copy_of(const DigestContextPtr& prepared) {
    DigestContextPtr context(EVP_MD_CTX_new());
    CAMBIST_ASSERT(context != nullptr && EVP_MD_CTX_copy_ex(context.get(), prepared.get()) == 1);
    return context;
}

bool sign_with(const Prepared& prepared, Hash hash, std::string_view message,
               std::string& signature) {
    auto size = signature.size();
    if (prepared.of_message != nullptr) {
        const auto context = copy_of(prepared.of_message);
        if (EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                           message.size()) != 1)
            return false;
    } else {
        DigestBytes digest;
        const auto bytes = digest_into(hash, {message}, digest);
        if (EVP_PKEY_sign(prepared.of_digest.get(), bytes_of(signature), &size, digest.data(),
                          bytes) != 1)
            return false;
    }
    signature.resize(size);
    return true;
}

bool verify_with(const Prepared& prepared, Hash hash, std::string_view message,
                 std::span<const unsigned char> signature) {
    if (prepared.of_message != nullptr) {
        const auto context = copy_of(prepared.of_message);
        return EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                bytes_of(message), message.size()) == 1;
    }
    DigestBytes digest;
    const auto bytes = digest_into(hash, {message}, digest);
    return EVP_PKEY_verify(prepared.of_digest.get(), signature.data(), signature.size(),
                           digest.data(), bytes) == 1;
}

// Whether the quick way says yes. Where it does not, the library has the last word.
bool is_quickly_accepted(const KeyHandle& key, std::string_view message,
                         std::string_view signature) {
    const auto* table = key.table.find(key.pkey.get());
    if (table == nullptr) return false;
    DigestBytes digest;
    digest_into(Hash::kSha256, {message}, digest);
    return table->accepts(std::span(digest).first<kP256Bytes>(), signature);
}

}  // namespace

bool fits(SignatureAlgorithm algorithm, KeyKind kind) { return row_of(algorithm).kind == kind; }

Result<std::string> sign(const PrivateKey& key, SignatureAlgorithm algorithm,
                         std::string_view message) {
    const auto& handle = key.handle();
    const auto row = row_of(algorithm);
    CAMBIST_TRY(const auto* prepared, find_prepared(handle, algorithm, Direction::kSign));
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(handle.pkey.get())), '\0');
    if (!sign_with(*prepared, row.hash, message, signature))
        return fail_crypto("the message can not be signed");
    if (row.family != Family::kEcdsa) return signature;
    return ecdsa_to_raw(signature, curve_of(handle.kind)->bytes);
}

Status verify(const PublicKey& key, SignatureAlgorithm algorithm, std::string_view message,
              std::string_view signature) {
    const auto& handle = key.handle();
    const auto row = row_of(algorithm);
    if (algorithm == SignatureAlgorithm::kEs256 && handle.kind == KeyKind::kP256 &&
        is_quickly_accepted(handle, message, signature))
        return {};
    CAMBIST_TRY(const auto* prepared, find_prepared(handle, algorithm, Direction::kVerify));
    std::span spelled(bytes_of(signature), signature.size());
    EcdsaDer der;
    if (row.family == Family::kEcdsa) {
        CAMBIST_TRY(der, ecdsa_to_der(signature, curve_of(handle.kind)->bytes));
        spelled = std::span(der.bytes).first(der.size);
    }
    // RFC 8017 section 8.1.2, step 1. OpenSSL takes a PSS signature without its leading zero, which
    // would make two texts of one token.
    const bool is_rsa = row.family == Family::kRsaPkcs1 || row.family == Family::kRsaPss;
    if (is_rsa &&
        signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(handle.pkey.get())))
        return fail_crypto("the signature has the wrong length");
    if (!verify_with(*prepared, row.hash, message, spelled))
        return fail_crypto("the signature is wrong");
    return {};
}

}  // namespace cambist::crypto
