// SPDX-License-Identifier: Apache-2.0
// Inside crypto/ only: the other modules never see a type of OpenSSL.
#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/p256_table.h"

namespace cambist::crypto {

template <auto kFree>
struct Free {
    template <class T>
    void operator()(T* pointer) const {
        kFree(pointer);
    }
};
using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;
using NumberPtr = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using PkeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using CipherContextPtr = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using ParamsBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using CertificatePtr = std::unique_ptr<X509, Free<X509_free>>;
using EcdsaSignaturePtr = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

inline const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

// The library's error queue, emptied, as one text: for Error::detail, and so that an old error is
// never taken for a new one.
std::string drain_errors();
// kCrypto with what the library says in the detail.
std::unexpected<Error> fail_crypto(std::string hint);

// Fetched once in the process: a fetch costs four times a small hash.
const EVP_MD* fetched(Hash hash);
const char* name_of(Hash hash);

// A digest on the stack; how many of its bytes count is returned.
using DigestBytes = std::array<unsigned char, EVP_MAX_MD_SIZE>;
std::size_t digest_into(Hash hash, std::initializer_list<std::string_view> parts, DigestBytes& out);

// What a PublicKey or PrivateKey shares. Immutable; OpenSSL lets several threads use one EVP_PKEY.
struct KeyHandle {
    PkeyPtr pkey;
    KeyKind kind;
    unsigned bits;
    std::uint64_t id;
    TableWhenOften table{};  // of P-256 only; after what it is made of, so that it goes first
};

// Checks kind, size and, for curves, the point; gives the key its id.
Result<std::shared_ptr<const KeyHandle>> make_handle(PkeyPtr pkey);

// What a curve is called and how long its numbers are; nullptr for RSA.
struct CurveRow {
    KeyKind kind;
    const char* group;  // OpenSSL's name
    std::size_t bytes;  // of a coordinate
};
const CurveRow* curve_of(KeyKind kind);
// OpenSSL's name of a kind whose keys are plain bytes; nullptr for the others.
const char* raw_type_of(KeyKind kind);

}  // namespace cambist::crypto
