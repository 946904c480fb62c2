// SPDX-License-Identifier: Apache-2.0
#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <string_view>

namespace cambist::http {

namespace {

// RFC 7301 section 3.2: a client that names protocols and not this one is told so.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
    static constexpr std::array<unsigned char, 9> kHttp11{8,   'h', 't', 't', 'p',
                                                          '/', '1', '.', '1'};
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, chosen_size, kHttp11.data(), kHttp11.size(), offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

bool set_policy(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    // A record costs one system call instead of one for its head and one for the rest.
    SSL_CTX_set_read_ahead(context, 1);
    // Sessions live in tickets at the clients; keeping them here as well would grow with them.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

// Whose certificate it is, and whether that may be, is for those who know the clients; here counts
// only that whoever shows it has its key, which the handshake proves.
void ask_for_certificates(SSL_CTX* context) {
    constexpr std::size_t kMostBytes = 32UL * 1024;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    SSL_CTX_set_max_cert_list(context, kMostBytes);
    // A resumed session would have the leaf only, and would outlive what is known of it.
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
}

std::unexpected<Error> refuse(const std::string& what, const std::string& file) {
    return fail(ErrorCode::kConfigInvalid, what + " '" + file + "'", drain_tls_errors());
}

}  // namespace

std::string drain_tls_errors() {
    std::string text;
    std::array<char, 256> line{};
    while (const auto code = ERR_get_error()) {
        ERR_error_string_n(code, line.data(), line.size());
        if (!text.empty()) text += "; ";
        text += line.data();
    }
    return text;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const std::string& certificate_file,
                                                           const std::string& key_file,
                                                           ClientCertificates certificates) {
    ERR_clear_error();
    auto context = std::make_shared<TlsContext>(SSL_CTX_new(TLS_server_method()));
    auto* const native = context->native();
    if (native == nullptr || !set_policy(native))
        return fail(ErrorCode::kCrypto, "TLS can not be set up", drain_tls_errors());
    if (SSL_CTX_use_certificate_chain_file(native, certificate_file.c_str()) != 1)
        return refuse("there is no usable certificate chain in", certificate_file);
    if (SSL_CTX_use_PrivateKey_file(native, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return refuse("there is no private key for the certificate in", key_file);
    if (SSL_CTX_check_private_key(native) != 1)
        return refuse("the certificate does not belong to the key in", key_file);
    if (certificates == ClientCertificates::kAsk) ask_for_certificates(native);
    return std::shared_ptr<const TlsContext>(std::move(context));
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

}  // namespace cambist::http
