// SPDX-License-Identifier: Apache-2.0
#include "outbound/client.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "outbound/deadline.h"
#include "outbound/stream.h"
#include "outbound/url.h"

namespace cambist::outbound {

namespace {

constexpr int kOk = 200;
constexpr std::size_t kMostAddresses = 8;

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

std::string request_text(const Url& url, std::string_view accept) {
    std::string text = "GET " + url.target + " HTTP/1.1\r\n";
    text += "Host: " + url.authority + "\r\n";
    text += "Accept: " + std::string(accept) + "\r\n";
    text += "Accept-Encoding: identity\r\nUser-Agent: cambist\r\nConnection: close\r\n\r\n";
    return text;
}

Result<Answer> read_answer(Stream& stream, std::size_t max_bytes, const Deadline& deadline) {
    AnswerReader reader(max_bytes);
    std::array<char, 16UL * 1024> buffer{};
    for (;;) {
        CAMBIST_TRY(const auto got, stream.read(buffer.data(), buffer.size(), deadline));
        if (got == 0) {
            CAMBIST_CHECK(reader.end());
            return reader.take();
        }
        CAMBIST_TRY(const bool whole, reader.feed({buffer.data(), got}));
        if (whole) return reader.take();
    }
}

}  // namespace

Result<Client> Client::make(const Settings& settings) {
    CAMBIST_TRY(auto guard, Guard::make(settings.allow));
    CAMBIST_TRY(auto tls, TlsClient::make(settings.ca_file));
    return Client(settings, std::move(guard), std::move(tls));
}

Result<Answer> Client::get(std::string_view text, std::string_view accept) const {
    const Deadline deadline(settings_.timeout);
    CAMBIST_TRY(const auto url, parse_url(text));
    if (!url.tls && !settings_.allow_http)
        return fail(ErrorCode::kOutboundRefused,
                    "plain http is not called: use https, or set outbound.allowHttp");
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
    CAMBIST_CHECK(stream.write(request_text(url, accept), deadline));
    CAMBIST_TRY(auto answer, read_answer(stream, settings_.max_bytes, deadline));
    if (answer.status != kOk)
        return fail(
            ErrorCode::kOutboundFailed,
            "the server answered " + std::to_string(answer.status) +
                (answer.status >= 300 && answer.status < 400 ? ": redirects are not followed"
                                                             : ""));
    return answer;
}

}  // namespace cambist::outbound
