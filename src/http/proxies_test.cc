// SPDX-License-Identifier: Apache-2.0
#include "http/proxies.h"

#include <gtest/gtest.h>

#include "http/test_client.h"

namespace cambist::http {
namespace {

TrustedProxies proxies(const std::vector<std::string>& blocks,
                       ForwardingHeader header = ForwardingHeader::kXForwarded) {
    auto parsed = TrustedProxies::parse(blocks, header);
    EXPECT_TRUE(parsed);
    return std::move(*parsed);
}

struct TrustCase {
    std::string_view name;
    std::string block;
    std::string_view address;
    bool trusted;
};

class Trust : public testing::TestWithParam<TrustCase> {};

TEST_P(Trust, CoversTheBlockAndNothingElse) {
    const auto address = IpAddress::parse(GetParam().address);
    ASSERT_TRUE(address);
    EXPECT_EQ(proxies({GetParam().block}).trusts(*address), GetParam().trusted);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Trust,
    testing::Values(TrustCase{"Itself", "10.1.2.3", "10.1.2.3", true},
                    TrustCase{"Neighbour", "10.1.2.3", "10.1.2.4", false},
                    TrustCase{"FirstOfBlock", "10.1.2.0/23", "10.1.2.0", true},
                    TrustCase{"LastOfBlock", "10.1.2.0/23", "10.1.3.255", true},
                    TrustCase{"JustBeyondBlock", "10.1.2.0/23", "10.1.4.0", false},
                    TrustCase{"AllV4", "0.0.0.0/0", "203.0.113.9", true},
                    TrustCase{"AllV4IsNoV6", "0.0.0.0/0", "2001:db8::1", false},
                    TrustCase{"MappedV4", "10.0.0.0/8", "::ffff:10.9.9.9", true},
                    TrustCase{"V6Block", "2001:db8::/33", "2001:db8:7fff::1", true},
                    TrustCase{"BeyondV6Block", "2001:db8::/33", "2001:db8:8000::1", false},
                    TrustCase{"Loopback", "::1", "::1", true}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(IpAddress, RefusesWhatIsNoAddress) {
    for (const std::string_view text :
         {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", "::g", "[::1]", "host", "1.2.3.4:80"})
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1")->text(), "10.0.0.1");
    EXPECT_EQ(IpAddress::parse("2001:DB8:0:0::1")->text(), "2001:db8::1");
}

struct ClientCase {
    std::string_view name;
    ForwardingHeader header;
    std::vector<Header> headers;
    std::string_view address;
    bool secure;
};

class ClientBehindProxy : public testing::TestWithParam<ClientCase> {};

TEST_P(ClientBehindProxy, IsTheNearestAddressThatIsNoProxyOfOurs) {
    const auto trusted = proxies({"10.0.0.0/8"}, GetParam().header);
    const auto request = Request::make("GET", "/", GetParam().headers);
    const auto client = trusted.client_of(request, {"10.0.0.1", false, false});
    EXPECT_EQ(client.address, GetParam().address);
    EXPECT_EQ(client.secure, GetParam().secure);
    EXPECT_TRUE(client.via_proxy);
}

constexpr auto kX = ForwardingHeader::kXForwarded;
constexpr auto kF = ForwardingHeader::kForwarded;

INSTANTIATE_TEST_SUITE_P(
    Cases, ClientBehindProxy,
    testing::Values(
        ClientCase{"One", kX, {{"X-Forwarded-For", "192.0.2.7"}}, "192.0.2.7", false},
        ClientCase{"Https",
                   kX,
                   {{"x-forwarded-for", "192.0.2.7"}, {"X-Forwarded-Proto", "HTTPS"}},
                   "192.0.2.7",
                   true},
        ClientCase{"WhatTheClientWroteIsNotReached",
                   kX,
                   {{"X-Forwarded-For", "10.0.0.9, 192.0.2.7, 10.0.0.2"}},
                   "192.0.2.7",
                   false},
        ClientCase{"OverSeveralLines",
                   kX,
                   {{"X-Forwarded-For", "192.0.2.7"}, {"X-Forwarded-For", "10.0.0.2"}},
                   "192.0.2.7",
                   false},
        ClientCase{
            "OnlyProxies", kX, {{"X-Forwarded-For", "10.0.0.3,10.0.0.2"}}, "10.0.0.3", false},
        ClientCase{"SchemeWrittenByTheClientBeforeTheProxys",
                   kX,
                   {{"X-Forwarded-For", "192.0.2.7"}, {"X-Forwarded-Proto", "https, http"}},
                   "192.0.2.7",
                   false},
        ClientCase{"SchemeAlone", kX, {{"X-Forwarded-Proto", "https"}}, "10.0.0.1", true},
        ClientCase{"GarbageLeavesTheProxy",
                   kX,
                   {{"X-Forwarded-For", "192.0.2.7, what?"}},
                   "10.0.0.1",
                   false},
        ClientCase{"WithPort", kX, {{"X-Forwarded-For", "192.0.2.7:4711"}}, "192.0.2.7", false},
        ClientCase{"V6", kX, {{"X-Forwarded-For", "2001:db8::7"}}, "2001:db8::7", false},
        ClientCase{"TheOtherHeaderIsNotRead",
                   kX,
                   {{"Forwarded", "for=192.0.2.7;proto=https"}},
                   "10.0.0.1",
                   false},
        ClientCase{"Rfc7239",
                   kF,
                   {{"Forwarded", "for=192.0.2.7;proto=https;by=10.0.0.1"}},
                   "192.0.2.7",
                   true},
        ClientCase{"Rfc7239QuotedV6",
                   kF,
                   {{"Forwarded", "For=\"[2001:db8::7]:47011\", for=10.0.0.2; Proto=https"}},
                   "2001:db8::7",
                   true},
        ClientCase{"Rfc7239HiddenNode",
                   kF,
                   {{"Forwarded", "for=192.0.2.7, for=_hidden"}},
                   "10.0.0.1",
                   false},
        ClientCase{
            "Rfc7239IgnoresXForwarded", kF, {{"X-Forwarded-For", "192.0.2.7"}}, "10.0.0.1", false},
        ClientCase{"Nothing", kX, {}, "10.0.0.1", false}),
    [](const auto& test) { return std::string(test.param.name); });

Response tell_peer(const Request& request) {
    const auto& peer = request.peer();
    return {
        200,
        {},
        peer.address + " " + std::string(request.scheme()) + (peer.via_proxy ? " via proxy" : "")};
}

constexpr std::string_view kForwarded =
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n";

TEST(Server, BelievesForwardingHeadersOfTrustedProxiesOnly) {
    Settings settings;
    {
        const TestServer server(settings, tell_peer);
        EXPECT_EQ(Client(server.port()).ask(kForwarded).body, "127.0.0.1 http");
    }
    settings.trusted_proxies = {"127.0.0.0/8"};
    const TestServer server(settings, tell_peer);
    Client client(server.port());
    EXPECT_EQ(client.ask(kForwarded).body, "192.0.2.7 https via proxy");
    // The next request on the same connection may be another client's.
    EXPECT_EQ(client.ask(kGet).body, "127.0.0.1 http via proxy");
}

}  // namespace
}  // namespace cambist::http
