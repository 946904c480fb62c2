// SPDX-License-Identifier: Apache-2.0
#include "gateway/request_rules.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cambist::gateway {
namespace {

constexpr std::string_view kOrigin = "https://app.example";

TEST(CookieOf, FindsTheOneOfItsName) {
    EXPECT_EQ(cookie_of({"a=1; __Host-cambist=x-Y_9;b=2"}, "__Host-cambist"), "x-Y_9");
    EXPECT_EQ(cookie_of({"a=1", "__Host-cambist=x"}, "__Host-cambist"), "x");
    EXPECT_EQ(cookie_of({"__Host-cambist-login=x"}, "__Host-cambist"), "");
    EXPECT_EQ(cookie_of({"a=__Host-cambist=x"}, "__Host-cambist"), "");
    EXPECT_EQ(cookie_of({}, "__Host-cambist"), "");
}

TEST(CookieOf, TakesNoneOfTwo) {
    EXPECT_EQ(cookie_of({"__Host-cambist=x; __Host-cambist=y"}, "__Host-cambist"), "");
    EXPECT_EQ(cookie_of({"__Host-cambist=; __Host-cambist=y"}, "__Host-cambist"), "");
    EXPECT_EQ(cookie_of({"__Host-cambist=x", "__Host-cambist=x"}, "__Host-cambist"), "");
}

bool is_let_in(const std::vector<http::Header>& headers) {
    return is_of_the_app(http::Request::make("POST", "/api/a", headers), kOrigin);
}

TEST(OfTheApp, NeedsTheHeaderThatOnlyAScriptOfTheOriginCanSet) {
    EXPECT_TRUE(is_let_in({{"X-Cambist-Gateway", "1"}}));
    EXPECT_TRUE(is_let_in({{"X-Cambist-Gateway", "1"},
                           {"Origin", "https://app.example"},
                           {"Sec-Fetch-Site", "same-origin"}}));
    EXPECT_FALSE(is_let_in({}));
    EXPECT_FALSE(is_let_in({{"X-Cambist-Gateway", ""}}));
    EXPECT_FALSE(is_let_in({{"X-Cambist-Gateway", "1"}, {"X-Cambist-Gateway", "1"}}));
    EXPECT_FALSE(is_let_in({{"Origin", "https://app.example"}}));
}

TEST(OfTheApp, RefusesEveryOtherOrigin) {
    for (const auto* origin : {"https://evil.example", "null", "", "http://app.example",
                               "https://app.example:444", "https://app.example.evil.example"})
        EXPECT_FALSE(is_let_in({{"X-Cambist-Gateway", "1"}, {"Origin", origin}})) << origin;
    for (const auto* site : {"cross-site", "same-site", "none", ""})
        EXPECT_FALSE(is_let_in({{"X-Cambist-Gateway", "1"}, {"Sec-Fetch-Site", site}})) << site;
}

TEST(PlainPath, IsReadAlikeByEverybody) {
    for (const auto* path :
         {"/", "/a", "/a/", "/a/b.c", "/a%20b", "/a:b@c", "/caf%C3%A9", "/a;v=1", "/...", "/.well"})
        EXPECT_TRUE(is_plain_path(path)) << path;
}

TEST(PlainPath, RefusesWhatLeadsElsewhere) {
    for (const auto* path :
         {"",        "a",      "//",        "//a",     "/a//b",     "/.",           "/..",
          "/a/../b", "/a/./b", "/%2e%2e/a", "/.%2E/a", "/a/..;x/b", "/a/.;/b",      "/;/a",
          "/a%2fb",  "/a%5Cb", "/a\\b",     "/a%00b",  "/a%0Ab",    "/%252e%252e/", "/a%",
          "/a%4",    "/a%zz",  "/a%FF",     "/a b",    "/a\"b",     "/a#b",         "/a?b"})
        EXPECT_FALSE(is_plain_path(path)) << path;
}

std::vector<std::string> names_of(const std::vector<http::Header>& headers) {
    std::vector<std::string> names;
    for (const auto& [name, value] : headers) names.push_back(name);
    return names;
}

TEST(HeadersForService, LeavesOutWhoIsLoggedInAndWhatAProxySays) {
    const auto request = http::Request::make("GET", "/api/a",
                                             {{"Accept-Language", "de"},
                                              {"If-None-Match", "\"a\""},
                                              {"traceparent", "00-1"},
                                              {"Cookie", "__Host-cambist=x"},
                                              {"Authorization", "Bearer x"},
                                              {"Proxy-Authorization", "x"},
                                              {"DPoP", "x"},
                                              {"X-Forwarded-For", "6.6.6.6"},
                                              {"X-Forwarded-User", "root"},
                                              {"Forwarded", "for=6.6.6.6"},
                                              {"Remote-User", "root"},
                                              {"X-Remote-User", "root"},
                                              {"X-Auth-Request-Email", "root@a"},
                                              {"Client-Cert", ":AA==:"},
                                              {"X-SSL-Client-Verify", "SUCCESS"},
                                              {"X-Original-URL", "/admin"},
                                              {"X-HTTP-Method-Override", "DELETE"},
                                              {"True-Client-IP", "6.6.6.6"},
                                              {"X_Forwarded_For", "6.6.6.6"},
                                              {"Host", "app.example"},
                                              {"Origin", "https://a"},
                                              {"Sec-Fetch-Site", "same-origin"},
                                              {"X-Cambist-Gateway", "1"},
                                              {"Connection", "close, X-Hop"},
                                              {"X-Hop", "x"},
                                              {"TE", "trailers"},
                                              {"Content-Length", "0"},
                                              {"Upgrade", "websocket"}},
                                             {}, {"9.9.9.9", true, false});
    const std::vector<http::Header> expected{{"Accept-Language", "de"},
                                             {"If-None-Match", "\"a\""},
                                             {"traceparent", "00-1"},
                                             {"X-Forwarded-For", "9.9.9.9"}};
    EXPECT_EQ(headers_for_service(request), expected);
}

TEST(HeadersForBrowser, LeavesOutWhatSpeaksForTheOrigin) {
    const auto kept = headers_for_browser({{"Content-Type", "text/html"},
                                           {"ETag", "\"a\""},
                                           {"Set-Cookie", "__Host-cambist=evil"},
                                           {"Authorization", "Bearer x"},
                                           {"WWW-Authenticate", "Basic"},
                                           {"Access-Control-Allow-Origin", "*"},
                                           {"Clear-Site-Data", "*"},
                                           {"NEL", "{}"},
                                           {"Report-To", "{}"},
                                           {"Reporting-Endpoints", "a"},
                                           {"Link", "</x>"},
                                           {"Sec-Session-Registration", "x"},
                                           {"Content-Security-Policy", "default-src *"},
                                           {"Cache-Control", "public"},
                                           {"Connection", "X-Hop"},
                                           {"X-Hop", "x"},
                                           {"Transfer-Encoding", "chunked"}},
                                          "http://orders/v1/", "/api/orders/");
    const std::vector<std::string> expected{"Content-Type", "ETag", "Cache-Control",
                                            "Content-Security-Policy", "X-Content-Type-Options"};
    EXPECT_EQ(names_of(kept), expected);
    EXPECT_TRUE(std::ranges::find(kept, http::Header("Cache-Control", "no-store")) != kept.end());
}

TEST(HeadersForBrowser, TurnsAPlaceOfTheServiceAroundAndHidesOthers) {
    const auto place = [](std::string_view location) {
        for (const auto& [name, value] : headers_for_browser({{"Location", std::string(location)}},
                                                             "http://orders/v1/", "/api/orders/"))
            if (name == "Location") return value;
        return std::string("none");
    };
    EXPECT_EQ(place("http://orders/v1/7?a=b"), "/api/orders/7?a=b");
    EXPECT_EQ(place("/v1/7"), "/api/orders/7");
    EXPECT_EQ(place("/v2/7"), "none");
    EXPECT_EQ(place("http://internal/"), "none");
    EXPECT_EQ(place("https://evil.example/"), "none");
    EXPECT_EQ(place("7"), "none");
}

}  // namespace
}  // namespace cambist::gateway
