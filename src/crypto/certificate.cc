// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate.h"

#include <openssl/pem.h>

#include <algorithm>
#include <array>

#include "base/base64url.h"
#include "crypto/certificate_reading.h"
#include "crypto/digest.h"
#include "crypto/openssl.h"

namespace cambist::crypto {

namespace {

constexpr std::size_t kMaxCertificateBytes = 64UL * 1024;

std::string to_der(const X509* certificate) {
    const int size = i2d_X509(certificate, nullptr);
    CAMBIST_ASSERT(size > 0);
    std::string der(static_cast<std::size_t>(size), '\0');
    auto* to = bytes_of(der);
    CAMBIST_ASSERT(i2d_X509(certificate, &to) == size);
    return der;
}

const EVP_MD* digest_for(KeyKind kind) {
    switch (kind) {
        case KeyKind::kRsa:
        case KeyKind::kP256:
            return fetched(Hash::kSha256);
        case KeyKind::kP384:
            return fetched(Hash::kSha384);
        case KeyKind::kP521:
            return fetched(Hash::kSha512);
        case KeyKind::kEd25519:
        case KeyKind::kX25519:  // which signs none
            return nullptr;
    }
    std::abort();
}

// RFC 5280 section 4.1.2.2: positive, at most 20 bytes, hard to guess.
bool set_serial(X509* certificate, const Random& random) {
    std::array<unsigned char, 16> serial{};
    random.fill(serial);
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7FU) | 0x40U);
    const NumberPtr number(BN_bin2bn(serial.data(), serial.size(), nullptr));
    return number &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509* certificate, const std::string& common_name) {
    auto* name = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes_of(common_name),
                                      static_cast<int>(common_name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

Result<CertificatePtr> read_der(std::string_view der) {
    const auto* from = bytes_of(der);
    CertificatePtr certificate(d2i_X509(nullptr, &from, static_cast<long>(der.size())));
    if (!certificate) return fail_crypto("the certificate can not be read");
    if (from != bytes_of(der) + der.size())
        return fail(ErrorCode::kCrypto, "there is something after the certificate");
    return certificate;
}

}  // namespace

Result<CertificatePtr> read_certificate(std::string_view text) {
    if (text.size() > kMaxCertificateBytes)
        return fail(ErrorCode::kCrypto, "the certificate is too long");
    if (text.starts_with('\x30')) {
        // '0' begins both DER and some base64; only DER reads as DER.
        auto certificate = read_der(text);
        if (certificate) return certificate;
    }
    if (text.find("-----BEGIN") != std::string_view::npos) {
        const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
        CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!certificate) return fail_crypto("the certificate can not be read");
        return certificate;
    }
    std::string compact;
    std::ranges::copy_if(text, std::back_inserter(compact),
                         [](char c) { return c != '\n' && c != '\r' && c != ' ' && c != '\t'; });
    const auto der = base64_decode(compact);
    if (!der) return fail(ErrorCode::kCrypto, "the certificate is neither PEM nor base64");
    return read_der(*der);
}

Result<std::string> make_self_signed_certificate(const PrivateKey& key, const CertificateWish& wish,
                                                 const Random& random) {
    // RFC 5280 appendix A.1: ub-common-name.
    if (wish.common_name.empty() || wish.common_name.size() > 64)
        return fail(ErrorCode::kCrypto, "the name in a certificate has 1 to 64 bytes");
    if (wish.not_after <= wish.not_before)
        return fail(ErrorCode::kCrypto, "a certificate must end after it begins");
    const CertificatePtr certificate(X509_new());
    auto* pkey = key.handle().pkey.get();
    const bool good =
        certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
        set_serial(certificate.get(), random) && set_name(certificate.get(), wish.common_name) &&
        ASN1_TIME_set(X509_getm_notBefore(certificate.get()), to_unix(wish.not_before)) !=
            nullptr &&
        ASN1_TIME_set(X509_getm_notAfter(certificate.get()), to_unix(wish.not_after)) != nullptr &&
        X509_set_pubkey(certificate.get(), pkey) == 1 &&
        X509_sign(certificate.get(), pkey, digest_for(key.kind())) > 0;
    if (!good) return fail_crypto("the certificate can not be made");
    return to_der(certificate.get());
}

Result<PublicKey> public_key_of_certificate(std::string_view text) {
    CAMBIST_TRY(const auto certificate, read_certificate(text));
    PkeyPtr pkey(X509_get_pubkey(certificate.get()));
    if (!pkey) return fail_crypto("the key in the certificate can not be read");
    CAMBIST_TRY(auto handle, make_handle(std::move(pkey)));
    return PublicKey(std::move(handle));
}

Result<std::string> certificate_to_der(std::string_view text) {
    CAMBIST_TRY(const auto certificate, read_certificate(text));
    return to_der(certificate.get());
}

std::string x5t(std::string_view der) {
    std::string hash(20, '\0');
    std::size_t size = 0;
    CAMBIST_ASSERT(
        EVP_Q_digest(nullptr, "SHA1", nullptr, der.data(), der.size(), bytes_of(hash), &size) == 1);
    return base64url_encode(hash);
}

std::string x5t_s256(std::string_view der) { return sha256_base64url(der); }

}  // namespace cambist::crypto
