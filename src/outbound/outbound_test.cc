// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "outbound/answer_reader.h"
#include "outbound/client.h"
#include "outbound/guard.h"
#include "outbound/url.h"

namespace cambist::outbound {
namespace {

bool permits(const std::vector<std::string>& allowed, std::string_view host,
             std::string_view address) {
    const auto guard = Guard::make(allowed);
    EXPECT_TRUE(guard) << guard.error().describe();
    return guard->permits(host, *http::IpAddress::parse(address));
}

TEST(Guard, LetsThroughThePublicInternetOnly) {
    for (const auto* open :
         {"1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.0.1", "100.128.0.1",
          "192.167.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"})
        EXPECT_TRUE(permits({}, "a.example", open)) << open;
    for (const auto* closed : {"0.0.0.0",
                               "0.1.2.3",
                               "10.0.0.1",
                               "10.255.255.255",
                               "100.64.0.1",
                               "127.0.0.1",
                               "127.8.9.10",
                               "169.254.169.254",
                               "172.16.0.1",
                               "172.31.255.255",
                               "192.0.0.8",
                               "192.0.2.1",
                               "192.168.1.1",
                               "198.18.0.1",
                               "203.0.113.9",
                               "224.0.0.1",
                               "240.0.0.1",
                               "255.255.255.255",
                               "::",
                               "::1",
                               "fe80::1",
                               "fec0::1",
                               "fc00::1",
                               "fd00:ec2::254",
                               "ff02::1",
                               "::ffff:127.0.0.1",
                               "::ffff:10.0.0.1",
                               "::127.0.0.1",
                               "64:ff9b::7f00:1",
                               "2002:7f00:1::",
                               "2001::1",
                               "2001:db8::1"})
        EXPECT_FALSE(permits({}, "a.example", closed)) << closed;
}

TEST(Guard, LetsThroughWhatTheOperatorNames) {
    EXPECT_TRUE(permits({"10.1.0.0/16"}, "a.example", "10.1.2.3"));
    EXPECT_FALSE(permits({"10.1.0.0/16"}, "a.example", "10.2.2.3"));
    EXPECT_TRUE(permits({"127.0.0.1"}, "a.example", "127.0.0.1"));
    EXPECT_TRUE(permits({"127.0.0.1"}, "a.example", "::ffff:127.0.0.1"));
    EXPECT_FALSE(permits({"127.0.0.1"}, "a.example", "127.0.0.2"));
    EXPECT_TRUE(permits({"fd00::/8"}, "a.example", "fd12::1"));
    EXPECT_FALSE(permits({"fd00::/8"}, "a.example", "::1"));
    EXPECT_TRUE(permits({"Keys.Internal"}, "keys.internal", "10.9.9.9"));
    EXPECT_FALSE(permits({"keys.internal"}, "other.internal", "10.9.9.9"));
    EXPECT_FALSE(permits({"internal"}, "keys.internal", "10.9.9.9"));
}

TEST(Guard, RefusesAnEntryThatIsNothing) {
    for (const auto* text : {"", "10.0.0.0/33", "10.0.0.0/", "::1/129", "http://a", "a b", "a/8"})
        EXPECT_FALSE(Guard::make({text})) << text;
}

TEST(OutboundUrl, IsTakenApart) {
    const auto url = parse_url("https://Keys.Example:8443/a/b?c=%20d");
    ASSERT_TRUE(url) << url.error().describe();
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->host, "keys.example");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->target, "/a/b?c=%20d");
    EXPECT_EQ(parse_url("https://a.example")->target, "/");
    EXPECT_EQ(parse_url("https://a.example")->port, 443);
    EXPECT_EQ(parse_url("https://a.example?x")->target, "/?x");
    EXPECT_EQ(parse_url("http://a.example")->port, 80);
    EXPECT_FALSE(parse_url("http://a.example")->tls);
    const auto v6 = parse_url("https://[2001:db8::1]:444/");
    EXPECT_EQ(v6->host, "2001:db8::1");
    EXPECT_EQ(v6->authority, "[2001:db8::1]:444");
    EXPECT_TRUE(v6->host_is_address);
    EXPECT_TRUE(parse_url("https://127.0.0.1/")->host_is_address);
}

TEST(OutboundUrl, RefusesWhatCouldBeReadInTwoWays) {
    for (const auto* text : {"",
                             "a.example",
                             "//a.example",
                             "/a",
                             "ftp://a.example/",
                             "file:///etc/passwd",
                             "gopher://a/",
                             "https:///a",
                             "https://",
                             "https://user@a.example/",
                             "https://user:pw@a.example/",
                             "https://a.example/#f",
                             "https://a.example:0/",
                             "https://a.example:70000/",
                             "https://a.example:-1/",
                             "https://a:443.example/",
                             "https://10.0.0.1:443@b.example/",
                             "https://127.1/",
                             "https://2130706433/",
                             "https://0x7f000001/",
                             "https://0177.0.0.1/",
                             "https://127.0.0.1.",
                             "https://a..example/",
                             "https://.example/",
                             "https://a.example./",
                             "https://%31%32%37.0.0.1/",
                             "https://a.example\\@b.example/",
                             "https://a b/",
                             "https://[::1%25eth0]/",
                             "https://[::1/",
                             "https://[v1.x]/",
                             "https://a.example/a b",
                             "https://a.example/\r\nHost: b",
                             "https://a.ex\u00e4mple/"})
        EXPECT_FALSE(parse_url(text)) << text;
    EXPECT_FALSE(parse_url("https://a.example/" + std::string(3000, 'a')));
}

Result<Answer> read(std::string_view text, std::size_t step = 1000, std::size_t most = 100) {
    AnswerReader reader(most);
    while (!text.empty()) {
        const auto part = text.substr(0, step);
        text.remove_prefix(part.size());
        CAMBIST_TRY(const bool whole, reader.feed(part));
        if (whole) return reader.take();
    }
    CAMBIST_CHECK(reader.end());
    return reader.take();
}

TEST(AnswerReader, ReadsTheSameHoweverTheBytesAreCut) {
    for (const std::string text :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
          "HTTP/1.0 200 OK\r\n\r\nhello"})
        for (const std::size_t step : {1U, 2U, 7U, 1000U}) {
            const auto answer = read(text, step);
            ASSERT_TRUE(answer) << text << step << answer.error().describe();
            EXPECT_EQ(answer->body, "hello");
            EXPECT_EQ(answer->status, 200);
        }
}

TEST(AnswerReader, RefusesWhatIsCutTooLargeOrCoded) {
    for (const std::string text :
         {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Le",
          "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "nonsense\r\n\r\n", "",
          "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\nContent-Length: 1\r\n\r\nx",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n"})
        EXPECT_FALSE(read(text)) << text;
    EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n"));
    EXPECT_FALSE(read("HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'a')));
}

TEST(AnswerReader, KnowsHowLongAnAnswerMayBeKept) {
    const auto age = [](const std::string& header) {
        return read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + header + "\r\n")->max_age;
    };
    using std::chrono::seconds;
    EXPECT_EQ(age(""), std::nullopt);
    EXPECT_EQ(age("Cache-Control: public, max-age=60\r\n"), seconds(60));
    EXPECT_EQ(age("Cache-Control: MAX-AGE=60\r\n"), seconds(60));
    EXPECT_EQ(age("Cache-Control: no-store, max-age=60\r\n"), seconds(0));
    EXPECT_EQ(age("Cache-Control: max-age=-1\r\n"), seconds(0));
    EXPECT_EQ(age("Cache-Control: max-age=1x\r\n"), seconds(0));
    EXPECT_EQ(age("Cache-Control: private\r\n"), std::nullopt);
    EXPECT_LE(*age("Cache-Control: max-age=99999999999999999999\r\n"), seconds(366LL * 86400));
}

TEST(AnswerReader, GivesEveryHeaderAsItCame) {
    AnswerReader reader(100);
    const auto whole = reader.feed(
        "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(whole && *whole);
    const std::vector<http::Header> expected{
        {"ETag", "\"a\""}, {"X-A", "1"}, {"x-a", "2"}, {"Content-Length", "0"}};
    EXPECT_EQ(reader.take().headers, expected);
}

// Else whoever asks next on the connection reads the answer that was meant for this one.
TEST(AnswerReader, TakesNoInterimAnswerForTheAnswer) {
    const std::string early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    AnswerReader reader(100);
    const auto whole = reader.feed(early);
    ASSERT_TRUE(whole) << whole.error().describe();
    EXPECT_FALSE(*whole);
    EXPECT_FALSE(reader.leaves_connection());
    EXPECT_FALSE(reader.end()) << "none came";
    for (const std::size_t step : {1U, 7U, 1000U}) {
        const auto read_on = read("HTTP/1.1 100 Continue\r\n\r\n" + early + answer, step);
        ASSERT_TRUE(read_on) << step << read_on.error().describe();
        EXPECT_EQ(read_on->status, 200);
        EXPECT_EQ(read_on->body, "hello");
        EXPECT_EQ(read_on->headers.size(), 1U) << "none of the interim ones";
    }
    std::string many;
    for (int turn = 0; turn < 20; ++turn) many += early;
    EXPECT_FALSE(read(many + answer)) << "for ever";
    EXPECT_FALSE(read("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + answer));
}

TEST(AnswerReader, WaitsForNoBodyOfAnAnswerToHead) {
    constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
    AnswerReader head(100, AnswerBody::kNone);
    const auto whole = head.feed(kHead);
    ASSERT_TRUE(whole) << whole.error().describe();
    EXPECT_TRUE(*whole);
    EXPECT_FALSE(head.leaves_connection()) << "a body may follow all the same";
    AnswerReader get(100);
    EXPECT_FALSE(get.feed(kHead)) << "too large";
}

TEST(OutboundRequest, RefusesHeadersThatAreNotTheCallers) {
    const auto good = [](const http::Header& header, std::string_view method = {}) {
        Request request{.url = "https://a.example/"};
        request.method = method;
        request.headers = {header};
        return check_request(request).has_value();
    };
    EXPECT_TRUE(good({"If-None-Match", "\"a\""}));
    EXPECT_TRUE(good({"X-A", ""}, "DELETE"));
    for (const auto* name : {"Host", "content-length", "Transfer-Encoding", "Connection", "TE",
                             "Authorization", "Content-Type", "X A", "X:A", ""})
        EXPECT_FALSE(good({name, "1"})) << name;
    EXPECT_FALSE(good({"X-A", "1\r\nHost: b"}));
    EXPECT_FALSE(good({"X-A", "1"}, "GET / HTTP/1.1\r\nX:"));
}

TEST(OutboundClient, RefusesBeforeItConnects) {
    const auto client = Client::make({});
    ASSERT_TRUE(client) << client.error().describe();
    for (const auto* url : {"http://a.example/", "https://127.0.0.1/", "https://[::1]/",
                            "https://169.254.169.254/latest/meta-data", "https://localhost/"}) {
        const auto answer = client->get(url, "*/*");
        ASSERT_FALSE(answer) << url;
        EXPECT_EQ(answer.error().code, ErrorCode::kOutboundRefused) << url;
    }
}

TEST(OutboundClient, NeedsAuthoritiesThatAreThere) {
    Settings settings;
    settings.ca_file = "/nowhere.pem";
    const auto client = Client::make(settings);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, ErrorCode::kConfigInvalid);
}

}  // namespace
}  // namespace cambist::outbound
