// SPDX-License-Identifier: Apache-2.0
#include "crypto/key.h"

#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "base/base64url.h"
#include "crypto/openssl.h"
#include "crypto/pkey.h"

namespace cambist::crypto {

namespace {

constexpr std::size_t kMaxPemBytes = 32UL * 1024;

std::uint64_t next_id() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

// CVE-2017-15361: moduli of a broken generator are, modulo small primes, powers of 65537; chance
// makes that of one modulus in 2^27. The private key of such a one can be computed.
bool is_roca(const BIGNUM* n) {
    constexpr std::array<std::uint32_t, 20> kPrimes{3,  5,  7,  11, 13,  17,  19,  37,  53,  61,
                                                    71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
    return std::ranges::all_of(kPrimes, [&](std::uint32_t prime) {
        const auto rest = BN_mod_word(n, prime);
        std::uint32_t power = 1;
        do {
            if (power == rest) return true;
            power = power * (65537 % prime) % prime;
        } while (power != 1);
        return false;
    });
}

Status check_rsa(const EVP_PKEY* pkey, unsigned bits) {
    if (bits < kMinRsaBits || bits > kMaxRsaBits)
        return fail(ErrorCode::kCrypto, "an RSA key must have " + std::to_string(kMinRsaBits) +
                                            " to " + std::to_string(kMaxRsaBits) +
                                            " bits, this one has " + std::to_string(bits));
    CAMBIST_TRY(const auto n, number_of(pkey, OSSL_PKEY_PARAM_RSA_N));
    CAMBIST_TRY(const auto e, number_of(pkey, OSSL_PKEY_PARAM_RSA_E));
    // A huge exponent makes every verification slow; 1 makes it void.
    const bool good = BN_is_odd(n.get()) == 1 && BN_is_odd(e.get()) == 1 &&
                      BN_is_one(e.get()) == 0 && BN_num_bits(e.get()) <= 64;
    if (!good)
        return fail(ErrorCode::kCrypto,
                    "an RSA key needs an odd exponent of at most 64 bits, 3 at least");
    if (is_roca(n.get()))
        return fail(ErrorCode::kCrypto, "the RSA key was made by a broken generator (ROCA)");
    return {};
}

Status check_point(EVP_PKEY* pkey) {
    const PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey, nullptr));
    if (!context || EVP_PKEY_public_check(context.get()) != 1)
        return fail_crypto("the point of the key is not on its curve");
    return {};
}

Result<KeyKind> kind_of(EVP_PKEY* pkey) {
    switch (EVP_PKEY_get_base_id(pkey)) {
        case EVP_PKEY_RSA:
            return KeyKind::kRsa;
        case EVP_PKEY_ED25519:
            return KeyKind::kEd25519;
        case EVP_PKEY_X25519:
            return KeyKind::kX25519;
        case EVP_PKEY_EC:
            return curve_kind(pkey);
        default:
            return fail(ErrorCode::kCrypto,
                        "a key must be RSA, P-256, P-384, P-521, Ed25519 or X25519");
    }
}

// A private key whose halves do not belong together would issue tokens nobody can verify.
Status check_pair(const KeyHandle& handle) {
    // Signs nothing, and its public half is always made of the private one.
    if (handle.kind == KeyKind::kX25519) return {};
    const char* hash = handle.kind == KeyKind::kEd25519 ? nullptr : "SHA256";
    const std::string message = "do the halves belong together?";
    const DigestContextPtr context(EVP_MD_CTX_new());
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(handle.pkey.get())), '\0');
    auto size = signature.size();
    const bool good = context &&
                      EVP_DigestSignInit_ex(context.get(), nullptr, hash, nullptr, nullptr,
                                            handle.pkey.get(), nullptr) == 1 &&
                      EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message),
                                     message.size()) == 1 &&
                      EVP_MD_CTX_reset(context.get()) == 1 &&
                      EVP_DigestVerifyInit_ex(context.get(), nullptr, hash, nullptr, nullptr,
                                              handle.pkey.get(), nullptr) == 1 &&
                      EVP_DigestVerify(context.get(), bytes_of(signature), size, bytes_of(message),
                                       message.size()) == 1;
    if (!good) return fail_crypto("the private and the public half of the key do not fit");
    return {};
}

BioPtr reader_of(std::string_view text) {
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// PEM text without its dashes, as Keycloak stores keys: base64 with or without line ends.
std::optional<std::string> bare_base64(std::string_view text) {
    std::string compact;
    std::ranges::copy_if(text, std::back_inserter(compact),
                         [](char c) { return c != '\n' && c != '\r' && c != ' ' && c != '\t'; });
    return base64_decode(compact);
}

Result<PkeyPtr> pkey_from_text(std::string_view text, bool is_private) {
    if (text.size() > kMaxPemBytes) return fail(ErrorCode::kCrypto, "the key is too long");
    PkeyPtr pkey;
    if (text.find("-----BEGIN") != std::string_view::npos) {
        // An encrypted key must not make the process ask for its password.
        const auto no_password = [](char*, int, int, void*) { return -1; };
        const auto bio = reader_of(text);
        pkey.reset(is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr)
                              : PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
    } else if (auto der = bare_base64(text)) {
        const auto* from = bytes_of(*der);
        const auto size = static_cast<long>(der->size());
        pkey.reset(is_private ? d2i_AutoPrivateKey(nullptr, &from, size)
                              : d2i_PUBKEY(nullptr, &from, size));
        const auto used = static_cast<std::size_t>(from - bytes_of(*der));
        const bool whole = used == der->size();
        OPENSSL_cleanse(der->data(), der->size());
        if (pkey && !whole) return fail(ErrorCode::kCrypto, "there is something after the key");
    }
    if (!pkey)
        return fail_crypto(is_private ? "no private key can be read: unencrypted PEM is expected"
                                      : "no public key can be read: PEM is expected");
    return pkey;
}

Result<PrivateKey> private_key_of(PkeyPtr pkey) {
    CAMBIST_TRY(auto handle, make_handle(std::move(pkey)));
    CAMBIST_CHECK(check_pair(*handle));
    return PrivateKey(std::move(handle));
}

// What was written into a memory BIO, which is wiped.
template <class Text>
Text text_of(BIO* bio) {
    char* data = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio, &data));
    Text text{std::string_view(data, size)};
    OPENSSL_cleanse(data, size);
    return text;
}

}  // namespace

Result<std::shared_ptr<const KeyHandle>> make_handle(PkeyPtr pkey) {
    CAMBIST_TRY(const auto kind, kind_of(pkey.get()));
    const auto bits = static_cast<unsigned>(EVP_PKEY_get_bits(pkey.get()));
    if (kind == KeyKind::kRsa) CAMBIST_CHECK(check_rsa(pkey.get(), bits));
    if (kind != KeyKind::kRsa && kind != KeyKind::kEd25519) CAMBIST_CHECK(check_point(pkey.get()));
    return std::make_shared<const KeyHandle>(std::move(pkey), kind, bits, next_id());
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
    CAMBIST_TRY(auto pkey, pkey_from_text(pem, false));
    CAMBIST_TRY(auto handle, make_handle(std::move(pkey)));
    return PublicKey(std::move(handle));
}

Result<PublicKey> PublicKey::from_components(const PublicComponents& components) {
    CAMBIST_TRY(auto pkey, make_public_pkey(components));
    CAMBIST_TRY(auto handle, make_handle(std::move(pkey)));
    return PublicKey(std::move(handle));
}

KeyKind PublicKey::kind() const { return handle_->kind; }
unsigned PublicKey::bits() const { return handle_->bits; }
std::uint64_t PublicKey::id() const { return handle_->id; }
PublicComponents PublicKey::components() const { return public_components_of(*handle_); }

std::string PublicKey::to_pem() const {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    CAMBIST_ASSERT(bio && PEM_write_bio_PUBKEY(bio.get(), handle_->pkey.get()) == 1);
    return text_of<std::string>(bio.get());
}

bool operator==(const PublicKey& a, const PublicKey& b) {
    if (a.id() == b.id()) return true;
    const bool same = EVP_PKEY_eq(a.handle_->pkey.get(), b.handle_->pkey.get()) == 1;
    drain_errors();
    return same;
}

Result<PrivateKey> PrivateKey::generate(KeyKind kind, unsigned rsa_bits) {
    PkeyPtr pkey;
    if (kind == KeyKind::kRsa) {
        if (rsa_bits != 2048 && rsa_bits != 3072 && rsa_bits != 4096)
            return fail(ErrorCode::kCrypto, "an RSA key is made with 2048, 3072 or 4096 bits");
        pkey.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{rsa_bits}));
    } else if (const auto* raw = raw_type_of(kind)) {
        pkey.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, raw));
    } else {
        pkey.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve_of(kind)->group));
    }
    if (!pkey) return fail_crypto("no key could be made");
    CAMBIST_TRY(auto handle, make_handle(std::move(pkey)));
    return PrivateKey(std::move(handle));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
    CAMBIST_TRY(auto pkey, pkey_from_text(pem, true));
    return private_key_of(std::move(pkey));
}

Result<PrivateKey> PrivateKey::from_components(const PrivateComponents& components) {
    CAMBIST_TRY(auto pkey, make_private_pkey(components));
    return private_key_of(std::move(pkey));
}

KeyKind PrivateKey::kind() const { return handle_->kind; }
unsigned PrivateKey::bits() const { return handle_->bits; }
std::uint64_t PrivateKey::id() const { return handle_->id; }
// The same handle: the private half is out of a PublicKey's reach.
PublicKey PrivateKey::public_key() const { return PublicKey(handle_); }
PrivateComponents PrivateKey::components() const { return private_components_of(*handle_); }

Secret PrivateKey::to_pem() const {
    const BioPtr bio(BIO_new(BIO_s_secmem()));
    CAMBIST_ASSERT(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), handle_->pkey.get(), nullptr,
                                                        nullptr, 0, nullptr, nullptr) == 1);
    return text_of<Secret>(bio.get());
}

}  // namespace cambist::crypto
