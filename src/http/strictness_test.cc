// SPDX-License-Identifier: Apache-2.0
// Requests that two parsers could understand differently. Each was accepted by some widely used
// HTTP server; here each is refused, and the connection ends after the one answer.
#include <gtest/gtest.h>

#include <string>

#include "http/parser.h"
#include "http/test_client.h"

namespace cambist::http {
namespace {

using namespace std::string_view_literals;

struct RefusedCase {
    std::string_view name;
    std::string request;
    int status;
};

class Strictness : public testing::TestWithParam<RefusedCase> {};

TEST_P(Strictness, RefusesWithOneAnswerAndCloses) {
    const TestServer server;
    Client client(server.port());
    // Whatever it took for the end of the request, the second one must not be answered.
    const auto answer = client.ask(GetParam().request + std::string(kGet));
    EXPECT_EQ(answer.status, GetParam().status) << answer.body;
    EXPECT_TRUE(answer.has("Connection: close\r\n")) << answer.head;
    EXPECT_TRUE(client.at_end());
}

std::string post(std::string_view headers, std::string_view body = "") {
    std::string request = "POST /token HTTP/1.1\r\nHost: a\r\n";
    request += headers;
    request += "\r\n";
    request += body;
    return request;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Strictness,
    testing::Values(
        RefusedCase{"TransferEncodingAndContentLength",
                    post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
        RefusedCase{"TwoDifferentContentLengths",
                    post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400},
        RefusedCase{"TwoEqualContentLengths",
                    post("Content-Length: 1\r\nContent-Length: 1\r\n", "a"), 400},
        RefusedCase{"ContentLengthAsList", post("Content-Length: 1, 1\r\n", "a"), 400},
        RefusedCase{"ContentLengthWithPlus", post("Content-Length: +1\r\n", "a"), 400},
        RefusedCase{"ContentLengthWithMinus", post("Content-Length: -1\r\n", "a"), 400},
        RefusedCase{"ContentLengthInHex", post("Content-Length: 0x1\r\n", "a"), 400},
        RefusedCase{"ContentLengthEmpty", post("Content-Length:\r\n"), 400},
        RefusedCase{"SpaceBeforeColon", post("X-A : b\r\n"), 400},
        RefusedCase{"SpaceBeforeColonOfContentLength", post("Content-Length : 1\r\n", "a"), 400},
        RefusedCase{"BareLfEverywhere", "GET / HTTP/1.1\nHost: a\n\n", 400},
        RefusedCase{"BareLfAfterAHeader", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
        RefusedCase{"BareLfAsEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
        RefusedCase{"BareCrInValue", post("X-A: b\rc\r\n"), 400},
        RefusedCase{"NulInValue", post("X-A: b\0c\r\n"sv), 400},
        RefusedCase{"NulInName", post("X\0A: b\r\n"sv), 400},
        RefusedCase{"NulInTarget", std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"sv), 400},
        RefusedCase{"FoldedWithSpace", post("X-A: b\r\n c\r\n"), 400},
        RefusedCase{"FoldedWithTab", post("X-A: b\r\n\tc\r\n"), 400},
        RefusedCase{"FoldedFirstHeader", "GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"UnknownTransferEncoding", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
                    400},
        RefusedCase{"ChunkedBody", post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n"),
                    400},
        RefusedCase{"ChunkWithoutLineEnd",
                    post("Transfer-Encoding: chunked\r\n", "1\r\naXX0\r\n\r\n"), 400},
        RefusedCase{"LineFeedInChunkExtension",
                    post("Transfer-Encoding: chunked\r\n", "1;a\nb\r\na\r\n0\r\n\r\n"), 400},
        RefusedCase{"EmptyTransferEncoding", post("Transfer-Encoding:\r\n"), 400},
        RefusedCase{"IdentityTransferEncoding", post("transfer-encoding: identity\r\n"), 400},
        RefusedCase{"NoHost", "GET / HTTP/1.1\r\nX: a\r\n\r\n", 400},
        RefusedCase{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"TwoHostsOnHttp10", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        RefusedCase{"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        RefusedCase{"HostWithUser", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
        RefusedCase{"LargeChunkedBody",
                    post("Transfer-Encoding: chunked\r\n", std::string(1000, '0')), 400},
        RefusedCase{"LargeHeaderLine", post("X-A: " + std::string(100'000, 'x') + "\r\n"), 431},
        RefusedCase{"LargeTarget",
                    "GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        RefusedCase{"AuthorityForm", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 400},
        RefusedCase{"RelativeTarget", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"StarWithoutOptions", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"FragmentInTarget", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"TargetBeyondAscii", "GET /\xC3\xA9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"AbsoluteTargetOfAnotherHost", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
                    400},
        RefusedCase{"TwoSpacesInRequestLine", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"NoVersion", "GET /\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"UnknownProtocol", "GET / XTTP/1.1\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        RefusedCase{"TwoEmptyLinesFirst", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        RefusedCase{"TlsHelloOnPlainPort", std::string("\x16\x03\x01\x02\x00\x01"sv), 400},
        RefusedCase{"OtherProtocolAfterAnEmptyLine", std::string("\r\n\x16\x03"), 400},
        RefusedCase{"EmptyHeaderName", post(": b\r\n"), 400},
        RefusedCase{"HeaderWithoutColon", post("X-A\r\n"), 400},
        RefusedCase{"UnknownExpectation", post("Expect: a-miracle\r\n"), 417}),
    [](const auto& test) { return std::string(test.param.name); });

struct AcceptedCase {
    std::string_view name;
    std::string request;
    std::string_view body;
};

class Leniency : public testing::TestWithParam<AcceptedCase> {};

TEST_P(Leniency, IsTakenForWhatItIs) {
    const TestServer server;
    Client client(server.port());
    const auto answer = client.ask(GetParam().request);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body, GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Leniency,
    testing::Values(
        AcceptedCase{"OneEmptyLineFirst", "\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a"},
        AcceptedCase{"AbsoluteTargetOfThisHost",
                     "GET HTTP://A:80/p?q HTTP/1.1\r\nHost: a:80\r\n\r\n", "GET /p query=q"},
        AcceptedCase{"OptionsStar", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *"},
        AcceptedCase{"SemicolonIsNothingSpecial", "GET /a;b=c HTTP/1.1\r\nHost: a\r\n\r\n",
                     "GET /a;b=c"},
        AcceptedCase{"PathStaysEncoded", "GET /%2e%2E/%2F//x HTTP/1.1\r\nHost: a\r\n\r\n",
                     "GET /%2e%2E/%2F//x"},
        AcceptedCase{"EmptyQuery", "GET /? HTTP/1.1\r\nHost: a\r\n\r\n", "GET / query="},
        AcceptedCase{"SecondQuestionMark", "GET /?a?b HTTP/1.1\r\nHost: a\r\n\r\n",
                     "GET / query=a?b"},
        AcceptedCase{"BlanksAroundValues",
                     "POST / HTTP/1.1\r\nHost: \t a \t\r\nContent-Length:1 \r\n\r\nx",
                     "POST / body=x"},
        AcceptedCase{"OldHttpWithoutHost", "GET / HTTP/1.0\r\n\r\n", "GET /"},
        AcceptedCase{"UnknownMethod", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "BREW /"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RequestParser, BytesMayComeOneByOne) {
    const std::string text = "\r\nPOST /p?q HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET";
    RequestParser parser{Limits{}};
    std::size_t used = 0;
    for (const char byte : text) used += parser.feed({&byte, 1});
    ASSERT_EQ(parser.state(), ParseState::kComplete);
    EXPECT_EQ(used, text.size() - 3);
    EXPECT_EQ(parser.request().path(), "/p");
    EXPECT_EQ(parser.request().body(), "abc");
    EXPECT_EQ(parser.request().header("HOST"), "a");
}

TEST(RequestParser, ReadsTheNextRequestAfterAReset) {
    RequestParser parser{Limits{}};
    parser.feed("POST /1 HTTP/1.1\r\nHost: a\r\nX: y\r\nContent-Length: 1\r\n\r\nz");
    parser.reset();
    EXPECT_FALSE(parser.started());
    parser.feed("GET /2 HTTP/1.1\r\nHost: b\r\nConnection: foo, Close\r\n\r\n");
    ASSERT_EQ(parser.state(), ParseState::kComplete);
    EXPECT_EQ(parser.request().path(), "/2");
    EXPECT_EQ(parser.request().header("X"), std::nullopt);
    EXPECT_TRUE(parser.request().body().empty());
    EXPECT_FALSE(parser.keeps_alive());
}

TEST(Request, GivesEveryValueOfARepeatedHeader) {
    const auto request =
        Request::make("POST", "/a?b=c", {{"X-A", "1"}, {"Y", ""}, {"x-a", "2"}}, "body");
    EXPECT_EQ(request.headers("X-a"), (std::vector<std::string_view>{"1", "2"}));
    EXPECT_EQ(request.header("x-A"), "1");
    EXPECT_EQ(request.header("y"), "");
    EXPECT_EQ(request.header("z"), std::nullopt);
    EXPECT_EQ(request.count("X-A"), 2U);
    EXPECT_EQ(request.query(), "b=c");
    EXPECT_EQ(request.scheme(), "https");
    const Request copy = request;  // NOLINT(performance-unnecessary-copy-initialization): the point
    EXPECT_EQ(copy.header_at(2).second, "2");
}

}  // namespace
}  // namespace cambist::http
