// SPDX-License-Identifier: Apache-2.0
#include "outbound/stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/waiting.h"
#include "http/tls.h"

namespace cambist::outbound {

namespace {

std::unexpected<Error> failed(std::string hint, std::string detail = {}) {
    return fail(ErrorCode::kOutboundFailed, std::move(hint), std::move(detail));
}

std::unexpected<Error> failed_call(const char* what) { return failed(what, std::strerror(errno)); }

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

SocketAddress socket_address(const http::IpAddress& address, std::uint16_t port) {
    SocketAddress made;
    const auto text = address.text();
    if (address.is_v4()) {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&made.storage);
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        CAMBIST_ASSERT(inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1);
        made.size = sizeof(sockaddr_in);
    } else {
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&made.storage);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        CAMBIST_ASSERT(inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1);
        made.size = sizeof(sockaddr_in6);
    }
    return made;
}

}  // namespace

Result<Stream> Stream::connect(const http::IpAddress& address, std::uint16_t port,
                               const Deadline& deadline) {
    const auto to = socket_address(address, port);
    Stream stream(
        ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (stream.socket_ < 0) return failed_call("no socket can be made");
    const auto* native = reinterpret_cast<const sockaddr*>(&to.storage);
    if (::connect(stream.socket_, native, to.size) == 0) return stream;
    if (errno != EINPROGRESS) return failed_call("the server can not be reached");
    CAMBIST_CHECK(stream.wait(POLLOUT, deadline));
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(stream.socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return failed_call("the server can not be reached");
    if (error != 0) return failed("the server can not be reached", std::strerror(error));
    return stream;
}

Stream::~Stream() {
    tls_.reset();
    if (socket_ >= 0) ::close(socket_);
}

Status Stream::wait(short events, const Deadline& deadline) const {
    pollfd watched{.fd = socket_, .events = events, .revents = 0};
    int ready = -1;
    const Waiting waiting;
    do ready = ::poll(&watched, 1, deadline.left());
    while (ready < 0 && errno == EINTR);
    if (ready < 0) return failed_call("the socket can not be waited for");
    if (ready == 0) return failed("the server took too long");
    return {};
}

Status Stream::wait_for_tls(int outcome, const Deadline& deadline) const {
    switch (SSL_get_error(tls_.get(), outcome)) {
        case SSL_ERROR_WANT_READ:
            return wait(POLLIN, deadline);
        case SSL_ERROR_WANT_WRITE:
            return wait(POLLOUT, deadline);
        default:
            break;
    }
    const auto verdict = SSL_get_verify_result(tls_.get());
    if (verdict != X509_V_OK)
        return failed("the server's certificate was not accepted",
                      X509_verify_cert_error_string(verdict));
    return failed("the TLS connection broke", http::drain_tls_errors());
}

Status Stream::start_tls(const TlsClient& client, const std::string& host, bool host_is_address,
                         const Deadline& deadline) {
    CAMBIST_TRY(tls_, client.start(socket_, host, host_is_address));
    for (;;) {
        ERR_clear_error();
        const int outcome = SSL_connect(tls_.get());
        if (outcome == 1) return {};
        CAMBIST_CHECK(wait_for_tls(outcome, deadline));
    }
}

Status Stream::write(std::string_view bytes, const Deadline& deadline) {
    while (!bytes.empty()) {
        std::size_t written = 0;
        if (tls_) {
            ERR_clear_error();
            const int outcome = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &written);
            if (outcome != 1) CAMBIST_CHECK(wait_for_tls(outcome, deadline));
        } else {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent > 0) written = static_cast<std::size_t>(sent);
            if (sent < 0 && errno != EAGAIN && errno != EINTR)
                return failed_call("the connection broke");
            if (sent < 0) CAMBIST_CHECK(wait(POLLOUT, deadline));
        }
        bytes.remove_prefix(written);
    }
    return {};
}

// TLS records of the session itself (tickets) count as bytes too: such a connection is not kept.
bool Stream::is_quiet() const {
    pollfd watched{.fd = socket_, .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, 0) == 0 && (!tls_ || SSL_pending(tls_.get()) == 0);
}

Result<std::size_t> Stream::read(char* buffer, std::size_t size, const Deadline& deadline) {
    for (;;) {
        if (deadline.left() == 0) return failed("the server took too long");
        if (tls_) {
            ERR_clear_error();
            std::size_t got = 0;
            const int outcome = SSL_read_ex(tls_.get(), buffer, size, &got);
            if (outcome == 1) return got;
            if (SSL_get_error(tls_.get(), outcome) == SSL_ERROR_ZERO_RETURN) return 0;
            CAMBIST_CHECK(wait_for_tls(outcome, deadline));
        } else {
            const auto got = ::recv(socket_, buffer, size, 0);
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EAGAIN && errno != EINTR) return failed_call("the connection broke");
            CAMBIST_CHECK(wait(POLLIN, deadline));
        }
    }
}

}  // namespace cambist::outbound
