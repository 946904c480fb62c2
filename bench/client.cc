// SPDX-License-Identifier: Apache-2.0
#include "bench/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace cambist::bench {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::size_t kOneRead = 16UL * 1024;

// The value of a header, without the space before it; empty when it is absent.
std::string_view header(std::string_view head, std::string_view name) {
    for (auto line = head.find("\r\n"); line != std::string_view::npos;) {
        const auto start = line + 2;
        line = head.find("\r\n", start);
        const auto text = head.substr(start, line == std::string_view::npos ? line : line - start);
        if (text.size() <= name.size() || text[name.size()] != ':') continue;
        if (::strncasecmp(text.data(), name.data(), name.size()) != 0) continue;
        auto value = text.substr(name.size() + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        return value;
    }
    return {};
}

template <class Number>
bool parse(std::string_view text, Number& number) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && stop != text.data();
}

}  // namespace

bool Client::open() {
    close();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return false;
    const int on = 1;
    if (::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return false;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface wants it
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    return ::connect(socket_, any, sizeof address) == 0 || errno == EINPROGRESS;
}

void Client::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
    unsent_ = {};
    ended_ = false;
}

bool Client::send(std::string_view request) {
    received_.clear();
    end_of_head_ = 0;
    unsent_ = request;
    return flush();
}

bool Client::flush() {
    while (!unsent_.empty()) {
        const auto sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN || errno == ENOTCONN;  // ENOTCONN: still connecting
        unsent_.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Client::read_more() {
    while (true) {
        const auto size = received_.size();
        received_.resize(size + kOneRead);
        const auto got = ::recv(socket_, received_.data() + size, kOneRead, 0);
        received_.resize(size + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got > 0 && static_cast<std::size_t>(got) == kOneRead) continue;
        if (got == 0) ended_ = true;
        return got >= 0 || errno == EAGAIN || errno == ENOTCONN;
    }
}

std::optional<Answer> Client::take_answer(bool& gone) {
    const std::string_view all = received_;
    if (end_of_head_ == 0) {
        const auto end = all.find(kEndOfHead);
        if (end == std::string_view::npos) return std::nullopt;
        const auto head = all.substr(0, end);
        const bool is_answer = head.starts_with("HTTP/1.1 ") && parse(head.substr(9), status_) &&
                               parse(header(head, "Content-Length"), length_);
        if (!is_answer) {
            gone = true;
            return std::nullopt;
        }
        end_of_head_ = end + kEndOfHead.size();
        says_when_again_ = !header(head, "Retry-After").empty();
        if (header(head, "Connection") == "close") ended_ = true;
    }
    if (all.size() < end_of_head_ + length_) return std::nullopt;
    return Answer{status_, all.substr(end_of_head_, length_), says_when_again_};
}

std::optional<Answer> Client::proceed(bool& gone) {
    gone = !flush() || !read_more();
    auto answer = gone ? std::nullopt : take_answer(gone);
    if (!answer && ended_) gone = true;
    if (gone || ended_) close();
    return answer;
}

}  // namespace cambist::bench
