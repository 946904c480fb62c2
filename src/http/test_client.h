// SPDX-License-Identifier: Apache-2.0
// For the tests of this module: a server on a free port and a client that speaks raw bytes.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "http/server.h"

namespace cambist::http {

class FixedClock final : public Clock {
  public:
    TimePoint now() const override { return from_unix(1763776111); }
};

class FunctionHandler final : public PlainHandler {
  public:
    using Function = std::function<Response(const Request&)>;
    explicit FunctionHandler(Function function) : function_(std::move(function)) {}
    Response answer(const Request& request) const override { return function_(request); }

  private:
    Function function_;
};

// Takes the reply away, to be answered by whoever the test says.
class ReplyHandler final : public Handler {
  public:
    using Function = std::function<void(const Request&, Reply&)>;
    explicit ReplyHandler(Function function) : function_(std::move(function)) {}
    void handle(const Request& request, Reply& reply) const override { function_(request, reply); }

  private:
    Function function_;
};

inline Response echo(const Request& request) {
    std::string body(request.method());
    body += ' ';
    body += request.path();
    if (const auto query = request.query()) body += " query=" + std::string(*query);
    if (!request.body().empty()) body += " body=" + request.body();
    return {200, {{"Content-Type", "text/plain"}}, std::move(body)};
}

// A server with one plain listener, unless the settings name others.
class TestServer {
  public:
    explicit TestServer(Settings settings = {}, FunctionHandler::Function function = echo)
        : TestServer(std::move(settings), std::make_unique<FunctionHandler>(std::move(function))) {}
    TestServer(Settings settings, std::unique_ptr<Handler> handler)
        : handler_(std::move(handler)), null_(::open("/dev/null", O_WRONLY | O_CLOEXEC)) {
        if (settings.listeners.empty()) settings.listeners.emplace_back();
        log_ = std::make_unique<Log>(clock_, null_);
        auto started =
            Server::start(std::move(settings), *handler_, management_, clock_, *log_, metrics);
        EXPECT_TRUE(started) << started.error().describe();
        server_ = std::move(*started);
    }
    ~TestServer() {
        server_.reset();
        log_.reset();
        ::close(null_);
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    Server& operator*() const { return *server_; }
    Server* operator->() const { return server_.get(); }
    std::uint16_t port(std::size_t index = 0) const { return server_->ports().at(index); }

    Metrics metrics;

  private:
    FixedClock clock_;
    std::unique_ptr<Handler> handler_;
    FunctionHandler management_{[](const Request&) { return Response{200, {}, "management"}; }};
    int null_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<Server> server_;
};

struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
};

// A blocking client. What it waits for comes within three seconds or counts as missing.
class Client {
  public:
    explicit Client(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{3, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                               sizeof(address)) == 0;
    }
    ~Client() { ::close(descriptor_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool connected() const { return connected_; }
    int descriptor() const { return descriptor_; }
    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;  // the server may have closed; the answer tells
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void end_sending() const { ::shutdown(descriptor_, SHUT_WR); }

    // The next answer; status 0 when none came, or not all of it. `bodyless`: answers a HEAD.
    Answer receive(bool bodyless = false) {
        Answer answer;
        while (buffer_.find("\r\n\r\n") == std::string::npos)
            if (!read_some()) return answer;
        const auto end = buffer_.find("\r\n\r\n") + 4;
        answer.head = buffer_.substr(0, end);
        buffer_.erase(0, end);
        const auto length = answer.head.find("Content-Length: ");
        const auto size = length == std::string::npos || bodyless
                              ? 0UL
                              : std::stoul(answer.head.substr(length + 16));
        while (buffer_.size() < size)
            if (!read_some()) return answer;
        answer.body = buffer_.substr(0, size);
        buffer_.erase(0, size);
        answer.status = std::stoi(answer.head.substr(9, 3));
        return answer;
    }
    Answer ask(std::string_view bytes) {
        send(bytes);
        return receive();
    }
    // The server closed the connection and has sent nothing else.
    bool at_end() {
        while (read_some()) continue;
        return ended_ && buffer_.empty();
    }

  private:
    bool read_some() {
        std::array<char, 16384> part{};
        const auto bytes = ::recv(descriptor_, part.data(), part.size(), 0);
        if (bytes == 0 || (bytes < 0 && errno == ECONNRESET)) ended_ = true;
        if (bytes <= 0) return false;
        buffer_.append(part.data(), static_cast<std::size_t>(bytes));
        return true;
    }

    int descriptor_;
    bool connected_ = false;
    bool ended_ = false;
    std::string buffer_;
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace cambist::http
