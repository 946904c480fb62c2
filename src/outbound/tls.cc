// SPDX-License-Identifier: Apache-2.0
#include "outbound/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "http/tls.h"

namespace cambist::outbound {

void TlsClient::FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsClient::FreeSession::operator()(ssl_st* session) const { SSL_free(session); }

Result<TlsClient> TlsClient::make(const std::string& ca_file) {
    TlsClient client;
    client.context_.reset(SSL_CTX_new(TLS_client_method()));
    auto* const context = client.context_.get();
    const bool good = context != nullptr &&
                      SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                      SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
                      SSL_CTX_set_default_verify_paths(context) == 1;
    if (!good) return fail(ErrorCode::kCrypto, "TLS can not be set up", http::drain_tls_errors());
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (!ca_file.empty() && SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1)
        return fail(ErrorCode::kConfigInvalid,
                    "there are no certificates in '" + ca_file + "' (outbound.caFile)",
                    http::drain_tls_errors());
    return client;
}

Result<TlsClient::Session> TlsClient::start(int socket, const std::string& host,
                                            bool host_is_address) const {
    Session session(SSL_new(context_.get()));
    bool good = session && SSL_set_fd(session.get(), socket) == 1;
    auto* const wanted = good ? SSL_get0_param(session.get()) : nullptr;
    if (host_is_address) {
        good = good && X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
    } else {
        // "*.example.org" may stand for one label; "f*.example.org" for nothing.
        if (good) X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        good = good && X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) == 1 &&
               SSL_ctrl(session.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                        const_cast<char*>(host.c_str())) == 1;
    }
    if (!good) return fail(ErrorCode::kCrypto, "TLS can not be set up", http::drain_tls_errors());
    return session;
}

}  // namespace cambist::outbound
