// SPDX-License-Identifier: Apache-2.0
#include "http/tls.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "http/test_client.h"

namespace cambist::http {
namespace {

template <auto Free>
struct Deleter {
    void operator()(auto* pointer) const { Free(pointer); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using TlsPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;
using FilePtr = std::unique_ptr<std::FILE, Deleter<std::fclose>>;

// A folder with a certificate that can be replaced.
class Certificates {
  public:
    Certificates() {
        std::string name = testing::TempDir() + "/cambist-tls-XXXXXX";
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    ~Certificates() { std::filesystem::remove_all(folder_); }
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    std::string certificate() const { return folder_ / "tls.crt"; }
    std::string key() const { return folder_ / "tls.key"; }

    void write(const char* common_name, long serial) const {
        const KeyPtr pair(EVP_EC_gen("P-256"));
        const CertificatePtr x509(X509_new());
        X509_set_version(x509.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), serial);
        X509_gmtime_adj(X509_getm_notBefore(x509.get()), -60);
        X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
        X509_set_pubkey(x509.get(), pair.get());
        auto* const name = X509_get_subject_name(x509.get());
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
        X509_set_issuer_name(x509.get(), name);
        EXPECT_GT(X509_sign(x509.get(), pair.get(), EVP_sha256()), 0);
        const FilePtr certificate_file(std::fopen(certificate().c_str(), "w"));
        PEM_write_X509(certificate_file.get(), x509.get());
        const FilePtr key_file(std::fopen(key().c_str(), "w"));
        PEM_write_PrivateKey(key_file.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
    }
    void spoil() const {
        const FilePtr file(std::fopen(certificate().c_str(), "w"));
        std::fputs("no certificate\n", file.get());
    }

  private:
    std::filesystem::path folder_;
};

Settings tls_settings(const Certificates& certificates) {
    Settings settings;
    settings.listeners.resize(1);
    settings.listeners[0].certificate_file = certificates.certificate();
    settings.listeners[0].key_file = certificates.key();
    return settings;
}

struct Offer {
    int version = TLS1_3_VERSION;
    std::string ciphers{};
    std::string protocols{};  // ALPN, in wire form
};

class TlsClient {
  public:
    explicit TlsClient(std::uint16_t port, const Offer& offer = {}) : tcp_(port) {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_min_proto_version(context_.get(), offer.version);
        SSL_CTX_set_max_proto_version(context_.get(), offer.version);
        SSL_CTX_set_security_level(context_.get(), 0);
        if (!offer.ciphers.empty()) {
            EXPECT_EQ(SSL_CTX_set_cipher_list(context_.get(), offer.ciphers.c_str()), 1);
        }
        tls_.reset(SSL_new(context_.get()));
        const auto* const protocols =
            reinterpret_cast<const unsigned char*>(offer.protocols.data());
        SSL_set_alpn_protos(tls_.get(), protocols, static_cast<unsigned>(offer.protocols.size()));
        SSL_set_fd(tls_.get(), tcp_.descriptor());
        connected_ = SSL_connect(tls_.get()) == 1;
    }
    bool connected() const { return connected_; }
    std::string version() const { return SSL_get_version(tls_.get()); }
    std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(tls_.get(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    long serial() const {
        const CertificatePtr certificate(SSL_get1_peer_certificate(tls_.get()));
        return ASN1_INTEGER_get(X509_get_serialNumber(certificate.get()));
    }
    // Everything up to the end of the next answer with this body.
    std::string ask(std::string_view bytes, std::string_view until) {
        SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
        std::string text;
        std::array<char, 16384> part{};
        while (!text.ends_with(until)) {
            const int got = SSL_read(tls_.get(), part.data(), static_cast<int>(part.size()));
            if (got <= 0) break;
            text.append(part.data(), static_cast<std::size_t>(got));
        }
        return text;
    }
    bool ended_cleanly() {
        char byte = 0;
        const int got = SSL_read(tls_.get(), &byte, 1);
        return SSL_get_error(tls_.get(), got) == SSL_ERROR_ZERO_RETURN;
    }

  private:
    Client tcp_;
    ContextPtr context_;
    TlsPtr tls_;
    bool connected_ = false;
};

TEST(Tls, SpeaksOneTwoAndOneThree) {
    const Certificates certificates;
    certificates.write("localhost", 1);
    const TestServer server(tls_settings(certificates));
    for (const auto& [version, name] :
         {std::pair{TLS1_2_VERSION, "TLSv1.2"}, {TLS1_3_VERSION, "TLSv1.3"}}) {
        TlsClient client(server.port(), {.version = version, .protocols = "\x08http/1.1"});
        ASSERT_TRUE(client.connected());
        EXPECT_EQ(client.version(), name);
        EXPECT_EQ(client.protocol(), "http/1.1");
        for (int i = 0; i < 3; ++i)
            EXPECT_TRUE(client.ask(kGet, "GET /").starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

TEST(Tls, RefusesOldVersionsWeakCiphersAndForeignProtocols) {
    const Certificates certificates;
    certificates.write("localhost", 1);
    TestServer server(tls_settings(certificates));
    EXPECT_FALSE(TlsClient(server.port(), {.version = TLS1_1_VERSION}).connected());
    EXPECT_FALSE(
        TlsClient(server.port(), {.version = TLS1_2_VERSION, .ciphers = "ECDHE+AES+SHA256"})
            .connected());
    EXPECT_FALSE(
        TlsClient(server.port(), {.version = TLS1_2_VERSION, .ciphers = "kRSA"}).connected());
    EXPECT_FALSE(TlsClient(server.port(), {.protocols = "\x02h2"}).connected());
    EXPECT_EQ(Client(server.port()).ask(kGet).status, 0);  // plain HTTP
    EXPECT_NE(server.metrics.render().find("cambist_http_handshake_failures_total 5\n"),
              std::string::npos);
}

TEST(Tls, CarriesLargeBodiesBothWaysAndPipelines) {
    const Certificates certificates;
    certificates.write("localhost", 1);
    const TestServer server(tls_settings(certificates));
    TlsClient client(server.port());
    const std::string body(60'000, 'x');
    const std::string request =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + body;
    EXPECT_TRUE(client.ask(request, "body=" + body).starts_with("HTTP/1.1 200"));
    const auto both =
        client.ask(std::string(kGet) + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /2");
    EXPECT_NE(both.find("GET /HTTP/1.1 200"), std::string::npos);
}

TEST(Tls, IsSecureForTheHandlerAndEndsWithCloseNotify) {
    const Certificates certificates;
    certificates.write("localhost", 1);
    const TestServer server(tls_settings(certificates), [](const Request& request) {
        return Response{200, {}, std::string(request.scheme())};
    });
    TlsClient client(server.port());
    EXPECT_TRUE(client.ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "https")
                    .ends_with("https"));
    EXPECT_TRUE(client.ended_cleanly());
}

TEST(Tls, AReloadServesTheNewCertificateAndKeepsOpenConnections) {
    const Certificates certificates;
    certificates.write("localhost", 1);
    const TestServer server(tls_settings(certificates));
    TlsClient old(server.port());
    ASSERT_EQ(old.serial(), 1);
    certificates.write("localhost", 2);
    EXPECT_EQ(TlsClient(server.port()).serial(), 1);
    EXPECT_TRUE(server->reload_tls());
    EXPECT_EQ(TlsClient(server.port()).serial(), 2);
    EXPECT_TRUE(old.ask(kGet, "GET /").ends_with("GET /"));
}

TEST(Tls, ABadNewCertificateLeavesTheOldOne) {
    const Certificates certificates;
    certificates.write("localhost", 1);
    const TestServer server(tls_settings(certificates));
    certificates.spoil();
    const auto reloaded = server->reload_tls();
    ASSERT_FALSE(reloaded);
    EXPECT_EQ(reloaded.error().code, ErrorCode::kConfigInvalid);
    EXPECT_EQ(TlsClient(server.port()).serial(), 1);
}

TEST(Tls, ASilentHandshakeIsClosed) {
    const Certificates certificates;
    certificates.write("localhost", 1);
    auto settings = tls_settings(certificates);
    settings.header_timeout = std::chrono::milliseconds(300);
    const TestServer server(settings);
    Client client(server.port());
    client.send("\x16\x03\x01");
    EXPECT_TRUE(client.at_end());
}

TEST(Tls, AStopEndsIdleConnectionsCleanly) {
    const Certificates certificates;
    certificates.write("localhost", 1);
    const TestServer server(tls_settings(certificates));
    TlsClient client(server.port());
    EXPECT_TRUE(client.ask(kGet, "GET /").ends_with("GET /"));
    const std::jthread stopper([&] { server->stop(); });
    EXPECT_TRUE(client.ended_cleanly());
}

TEST(TlsContext, NamesTheFileThatIsNotUsable) {
    const Certificates certificates;
    certificates.write("localhost", 1);
    const Certificates others;
    others.write("localhost", 2);
    const auto missing = TlsContext::load("/nowhere.crt", certificates.key());
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().hint.find("/nowhere.crt"), std::string::npos);
    const auto mixed = TlsContext::load(certificates.certificate(), others.key());
    ASSERT_FALSE(mixed);
    EXPECT_NE(mixed.error().hint.find(others.key()), std::string::npos);
    EXPECT_TRUE(TlsContext::load(certificates.certificate(), certificates.key()));
}

}  // namespace
}  // namespace cambist::http
