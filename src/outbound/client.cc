// SPDX-License-Identifier: Apache-2.0
#include "outbound/client.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "http/text.h"
#include "outbound/deadline.h"
#include "outbound/pool.h"
#include "outbound/stream.h"
#include "outbound/url.h"

namespace cambist::outbound {

namespace {

constexpr int kOk = 200;
constexpr std::size_t kMostAddresses = 8;
constexpr std::size_t kHeadRoom = 512;

using Addresses = std::vector<http::IpAddress>;

Result<Addresses> resolve(const Url& url) {
    if (url.host_is_address) {
        const auto address = http::IpAddress::parse(url.host);
        if (!address) return fail(ErrorCode::kOutboundRefused, "the host is no address we read");
        return Addresses{*address};
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    if (const int error = getaddrinfo(url.host.c_str(), nullptr, &hints, &list); error != 0)
        return fail(ErrorCode::kOutboundFailed, "the host name can not be resolved",
                    gai_strerror(error));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, freeaddrinfo);
    Addresses addresses;
    for (const auto* at = list; at != nullptr; at = at->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (getnameinfo(at->ai_addr, at->ai_addrlen, text.data(), text.size(), nullptr, 0,
                        NI_NUMERICHOST) != 0)
            continue;
        const auto address = http::IpAddress::parse(text.data());
        const bool is_new = address && std::ranges::find(addresses, *address) == addresses.end();
        if (is_new && addresses.size() < kMostAddresses) addresses.push_back(*address);
    }
    return addresses;
}

Result<Stream> connect_to_any(const Addresses& addresses, const Url& url,
                              const Deadline& deadline) {
    Error last{ErrorCode::kOutboundFailed, {}, "the host name has no address", {}};
    for (const auto& address : addresses) {
        auto stream = Stream::connect(address, url.port, deadline);
        if (stream) return stream;
        last = stream.error();
    }
    return std::unexpected(std::move(last));
}

std::string origin_of(const Url& url) { return (url.tls ? "https://" : "http://") + url.authority; }

// Head and body in one write. It may hold a secret, and so is one.
Secret request_text(const Url& url, const Request& request) {
    const bool has_body = !request.content_type.empty();
    std::string text;
    text.reserve(kHeadRoom + url.target.size() + request.body.size());
    if (request.method.empty())
        text.append(has_body ? "POST" : "GET");
    else
        text.append(request.method);
    text.append(" ").append(url.target).append(" HTTP/1.1\r\nHost: ");
    text.append(url.authority).append("\r\nAccept: ").append(request.accept);
    text.append("\r\nAccept-Encoding: identity\r\nUser-Agent: cambist\r\n");
    if (!request.repeatable) text.append("Connection: close\r\n");
    if (has_body) {
        text.append("Content-Type: ").append(request.content_type).append("\r\nContent-Length: ");
        text.append(std::to_string(request.body.size())).append("\r\n");
    }
    if (request.authorization != nullptr)
        text.append("Authorization: ").append(request.authorization->expose()).append("\r\n");
    for (const auto& [name, value] : request.headers)
        text.append(name).append(": ").append(value).append("\r\n");
    text.append("\r\n").append(request.body);
    Secret secret(text);
    text.assign(text.size(), '\0');
    return secret;
}

Status read_answer(Stream& stream, AnswerReader& reader, const Deadline& deadline) {
    std::array<char, 16UL * 1024> buffer{};
    for (;;) {
        CAMBIST_TRY(const auto got, stream.read(buffer.data(), buffer.size(), deadline));
        if (got == 0) return reader.end();
        CAMBIST_TRY(const bool whole, reader.feed({buffer.data(), got}));
        if (whole) return {};
    }
}

bool stays_on_line(std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
}

// What says where the message ends, or that request_text() writes.
bool is_own_header(std::string_view name) {
    static constexpr std::array<std::string_view, 15> kOwn{"host",
                                                           "accept",
                                                           "accept-encoding",
                                                           "user-agent",
                                                           "connection",
                                                           "keep-alive",
                                                           "upgrade",
                                                           "te",
                                                           "trailer",
                                                           "transfer-encoding",
                                                           "expect",
                                                           "content-type",
                                                           "content-length",
                                                           "proxy-connection",
                                                           "authorization"};
    return std::ranges::any_of(kOwn, [&](const auto own) { return http::same_name(own, name); });
}

bool is_good_header(const http::Header& header) {
    return http::is_token(header.first) && stays_on_line(header.second) &&
           !is_own_header(header.first);
}

}  // namespace

Status check_request(const Request& request) {
    const bool good =
        stays_on_line(request.accept) && stays_on_line(request.content_type) &&
        (request.authorization == nullptr || stays_on_line(request.authorization->expose())) &&
        (request.body.empty() || !request.content_type.empty()) &&
        (request.method.empty() || http::is_token(request.method)) &&
        std::ranges::all_of(request.headers, is_good_header);
    if (good) return {};
    return fail(ErrorCode::kOutboundRefused,
                "a header of the request would not stay on its line, or is not to be given");
}

Client::Client(Settings settings, Guard guard, TlsClient tls)
    : settings_(std::move(settings)),
      guard_(std::move(guard)),
      tls_(std::move(tls)),
      pool_(std::make_unique<Pool>(Pool::Limits{})) {}
Client::Client(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::make(const Settings& settings) {
    CAMBIST_TRY(auto guard, Guard::make(settings.allow));
    CAMBIST_TRY(auto tls, TlsClient::make(settings.ca_file));
    return Client(settings, std::move(guard), std::move(tls));
}

// A connection to an address that may be called, its certificate proved.
Result<Stream> Client::open(const Url& url, const Deadline& deadline) const {
    CAMBIST_TRY(auto addresses, resolve(url));
    const bool had_some = !addresses.empty();
    std::erase_if(addresses,
                  [&](const auto& address) { return !guard_.permits(url.host, address); });
    if (had_some && addresses.empty())
        return fail(ErrorCode::kOutboundRefused,
                    url.host +
                        " is a private or special address: list it in outbound.allow if it "
                        "may be called");
    CAMBIST_TRY(auto stream, connect_to_any(addresses, url, deadline));
    if (url.tls) CAMBIST_CHECK(stream.start_tls(tls_, url.host, url.host_is_address, deadline));
    return stream;
}

Result<Answer> Client::converse(Stream stream, const Url& url, const Request& request,
                                const Deadline& deadline) const {
    CAMBIST_CHECK(stream.write(request_text(url, request).expose(), deadline));
    AnswerReader reader(settings_.max_bytes,
                        request.method == "HEAD" ? AnswerBody::kNone : AnswerBody::kAsSaid);
    CAMBIST_CHECK(read_answer(stream, reader, deadline));
    const bool keeps = request.repeatable && reader.leaves_connection();
    auto answer = reader.take();
    if (keeps) pool_->put(origin_of(url), std::move(stream));
    return answer;
}

Result<Answer> Client::send(const Request& request) const {
    const Deadline deadline(
        std::min(request.timeout.value_or(settings_.timeout), settings_.timeout));
    CAMBIST_CHECK(check_request(request));
    CAMBIST_TRY(const auto url, parse_url(request.url));
    if (!url.tls && !settings_.allow_http)
        return fail(ErrorCode::kOutboundRefused,
                    "plain http is not called: use https, or set outbound.allowHttp");
    if (request.repeatable) {
        // The other side may have closed it in this very moment: then a new one is made.
        if (auto kept = pool_->take(origin_of(url))) {
            auto answer = converse(*std::move(kept), url, request, deadline);
            if (answer || deadline.left() == 0) return answer;
        }
    }
    CAMBIST_TRY(auto stream, open(url, deadline));
    return converse(std::move(stream), url, request, deadline);
}

Result<Answer> Client::get(std::string_view url, std::string_view accept) const {
    Request request;
    request.url = url;
    request.accept = accept;
    CAMBIST_TRY(auto answer, send(request));
    if (answer.status != kOk)
        return fail(
            ErrorCode::kOutboundFailed,
            "the server answered " + std::to_string(answer.status) +
                (answer.status >= 300 && answer.status < 400 ? ": redirects are not followed"
                                                             : ""));
    return answer;
}

}  // namespace cambist::outbound
