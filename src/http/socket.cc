// SPDX-License-Identifier: Apache-2.0
#include "http/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "http/tls.h"

namespace cambist::http {

namespace {

Io classify_errno() { return errno == EAGAIN || errno == EWOULDBLOCK ? Io::kBlocked : Io::kFailed; }

// What a call on `tls` that did not succeed means. The queue is emptied: an error left in it would
// be taken for the next connection's.
Io classify_tls(SSL* tls, int result) {
    const int error = SSL_get_error(tls, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Io::kBlocked;
    ERR_clear_error();
    return error == SSL_ERROR_ZERO_RETURN ? Io::kEnded : Io::kFailed;
}

std::unexpected<Error> refuse(const Listener& listener, const char* what) {
    return fail(ErrorCode::kConfigInvalid,
                std::string(what) + " " + listener.host + ":" + std::to_string(listener.port),
                std::generic_category().message(errno));
}

socklen_t fill_address(const Listener& listener, sockaddr_storage& storage) {
    const std::string host = listener.host == "localhost" ? "127.0.0.1" : listener.host;
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(listener.port);
        return sizeof(v4);
    }
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(listener.port);
        return sizeof(v6);
    }
    return 0;
}

IpAddress to_address(const sockaddr_storage& storage) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (storage.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    } else {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
    return IpAddress::parse(text.data()).value_or(IpAddress{});
}

}  // namespace

Socket::Socket(int descriptor, const TlsContext* tls) : descriptor_(descriptor) {
    if (tls == nullptr) return;
    tls_ = SSL_new(tls->native());
    if (tls_ == nullptr || SSL_set_fd(tls_, descriptor) != 1) {
        ERR_clear_error();
        close();  // an allocation failed: the connection is gone, the server stays
        return;
    }
    SSL_set_accept_state(tls_);
}

Io Socket::handshake() {
    if (!is_open()) return Io::kFailed;
    const int result = SSL_do_handshake(tls_);
    return result == 1 ? Io::kDone : classify_tls(tls_, result);
}

std::vector<std::string> Socket::certificates() const {
    std::vector<std::string> found;
    const auto add = [&](const X509* certificate) {
        constexpr std::size_t kMost = 8;
        const int size = i2d_X509(certificate, nullptr);
        if (size <= 0 || found.size() == kMost) return;
        std::string der(static_cast<std::size_t>(size), '\0');
        auto* to = reinterpret_cast<unsigned char*>(der.data());
        if (i2d_X509(certificate, &to) == size) found.push_back(std::move(der));
    };
    const X509* leaf = tls_ == nullptr ? nullptr : SSL_get0_peer_certificate(tls_);
    if (leaf == nullptr) return found;
    add(leaf);
    // On the server's side the chain is without the leaf.
    const auto* chain = SSL_get_peer_cert_chain(tls_);
    for (int i = 0; i < sk_X509_num(chain); ++i) add(sk_X509_value(chain, i));
    return found;
}

IoResult Socket::read(std::span<char> buffer) {
    if (tls_ != nullptr) {
        std::size_t bytes = 0;
        const int result = SSL_read_ex(tls_, buffer.data(), buffer.size(), &bytes);
        return result == 1 ? IoResult{Io::kDone, bytes} : IoResult{classify_tls(tls_, result), 0};
    }
    const auto bytes = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (bytes > 0) return {Io::kDone, static_cast<std::size_t>(bytes)};
    return {bytes == 0 ? Io::kEnded : classify_errno(), 0};
}

IoResult Socket::write(std::string_view bytes) {
    if (tls_ != nullptr) {
        std::size_t written = 0;
        const int result = SSL_write_ex(tls_, bytes.data(), bytes.size(), &written);
        return result == 1 ? IoResult{Io::kDone, written} : IoResult{classify_tls(tls_, result), 0};
    }
    const auto written = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written < 0) return {classify_errno(), 0};
    return {Io::kDone, static_cast<std::size_t>(written)};
}

void Socket::end_sending() {
    if (tls_ != nullptr && SSL_is_init_finished(tls_) == 1) {
        SSL_shutdown(tls_);  // sends close_notify; the peer's is not waited for
        ERR_clear_error();
    }
    ::shutdown(descriptor_, SHUT_WR);
}

Io Socket::discard(std::span<char> scratch) const {
    const auto bytes = ::recv(descriptor_, scratch.data(), scratch.size(), 0);
    if (bytes > 0) return Io::kDone;
    return bytes == 0 ? Io::kEnded : classify_errno();
}

void Socket::close() {
    SSL_free(tls_);
    tls_ = nullptr;
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

Result<std::pair<int, std::uint16_t>> open_listener(const Listener& listener) {
    sockaddr_storage address{};
    auto size = fill_address(listener, address);
    if (size == 0)
        return fail(ErrorCode::kConfigInvalid,
                    "'" + listener.host + "' is no IP address to listen on");
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const int descriptor =
        ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return refuse(listener, "can not make a socket for");
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    // Accepted sockets inherit it: an answer is one write and must not wait for another.
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    constexpr int kBacklog = 4096;
    if (::bind(descriptor, generic, size) != 0 || ::listen(descriptor, kBacklog) != 0 ||
        ::getsockname(descriptor, generic, &size) != 0) {
        auto failure = refuse(listener, "can not listen on");
        ::close(descriptor);
        return failure;
    }
    const auto port = address.ss_family == AF_INET
                          ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                          : reinterpret_cast<const sockaddr_in6&>(address).sin6_port;
    return std::pair{descriptor, std::uint16_t{ntohs(port)}};
}

Accepted accept_from(int listener) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    const int descriptor = ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return {-1, errno, {}};
    return {descriptor, 0, to_address(address)};
}

}  // namespace cambist::http
