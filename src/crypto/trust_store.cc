// SPDX-License-Identifier: Apache-2.0
#include "crypto/trust_store.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "crypto/certificate_reading.h"

namespace cambist::crypto {
namespace {

using VerifierPtr = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;
void free_stack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }
using ChainPtr = std::unique_ptr<STACK_OF(X509), Free<free_stack>>;

}  // namespace

Result<std::shared_ptr<const TrustStore>> TrustStore::from_pem(std::string_view pem) {
    auto store = std::make_shared<TrustStore>(X509_STORE_new());
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (store->store_ == nullptr || !bio) return fail_crypto("the trust store can not be made");
    // Whatever is named is an anchor, also one that another authority has signed.
    X509_STORE_set_flags(store->store_, X509_V_FLAG_PARTIAL_CHAIN);
    int count = 0;
    for (;; ++count) {
        const CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!certificate) break;
        if (X509_STORE_add_cert(store->store_, certificate.get()) != 1)
            return fail_crypto("a certificate can not be added");
    }
    const auto reason = ERR_GET_REASON(ERR_peek_last_error());
    drain_errors();
    if (count == 0 || reason != PEM_R_NO_START_LINE)
        return fail(ErrorCode::kConfigInvalid,
                    count == 0 ? "there is no PEM certificate in it"
                               : "certificate " + std::to_string(count + 1) + " can not be read");
    return std::shared_ptr<const TrustStore>(std::move(store));
}

TrustStore::~TrustStore() { X509_STORE_free(store_); }

Status TrustStore::verify(const std::vector<std::string>& chain, TimePoint now) const {
    if (chain.empty()) return fail(ErrorCode::kCrypto, "there is no certificate");
    CAMBIST_TRY(const auto leaf, read_certificate(chain.front()));
    const ChainPtr others(sk_X509_new_null());
    for (std::size_t i = 1; i < chain.size(); ++i) {
        CAMBIST_TRY(auto certificate, read_certificate(chain[i]));
        if (sk_X509_push(others.get(), certificate.get()) > 0) (void)certificate.release();
    }
    const VerifierPtr verifier(X509_STORE_CTX_new());
    if (!others || !verifier ||
        X509_STORE_CTX_init(verifier.get(), store_, leaf.get(), others.get()) != 1)
        return fail_crypto("the certificate can not be verified");
    X509_STORE_CTX_set_time(verifier.get(), 0, to_unix(now));
    X509_STORE_CTX_set_purpose(verifier.get(), X509_PURPOSE_SSL_CLIENT);
    if (X509_verify_cert(verifier.get()) == 1) return {};
    const int why = X509_STORE_CTX_get_error(verifier.get());
    drain_errors();
    return fail(ErrorCode::kCrypto, X509_verify_cert_error_string(why));
}

Status check_validity(std::string_view der, TimePoint now) {
    CAMBIST_TRY(const auto certificate, read_certificate(der));
    std::time_t seconds = to_unix(now);
    if (X509_cmp_time(X509_get0_notBefore(certificate.get()), &seconds) >= 0)
        return fail(ErrorCode::kCrypto, "the certificate is not valid yet");
    if (X509_cmp_time(X509_get0_notAfter(certificate.get()), &seconds) <= 0)
        return fail(ErrorCode::kCrypto, "the certificate has expired");
    return {};
}

}  // namespace cambist::crypto
