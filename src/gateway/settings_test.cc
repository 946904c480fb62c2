// SPDX-License-Identifier: Apache-2.0
#include "gateway/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "base/files.h"

namespace cambist::gateway {
namespace {

constexpr std::string_view kGood = R"(
origin: https://app.example
realm: https://sso.example/realms/shop
client: gateway
session: { idleMinutes: 5, longestHours: 2 }
services:
  - { path: /api/, url: "https://api.internal/", audience: api }
  - { path: /api/orders/, url: "http://127.0.0.1:9/v1/", audience: orders, timeoutSeconds: 30 }
)";

// What is said of the good file with one part of it changed.
std::string complaint(std::string_view part, std::string_view instead) {
    std::string text(kGood);
    const auto at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    text.replace(at, part.size(), instead);
    const auto read = read_settings(text, "g.yaml");
    return read ? "fine" : read.error().hint;
}

TEST(GatewaySettings, AreReadWithTheLongestPathFirst) {
    const auto read = read_settings(kGood, "g.yaml");
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_EQ(read->services.front().path, "/api/orders/");
    EXPECT_EQ(read->services.front().timeout, std::chrono::seconds(30));
    EXPECT_EQ(read->sessions.idle, std::chrono::minutes(5));
    EXPECT_EQ(read->http.listeners.front().port, 8090);
    EXPECT_EQ(read->outbound.timeout, std::chrono::seconds(30));
    const std::vector<std::string> allowed{"api.internal", "127.0.0.1", "sso.example"};
    EXPECT_EQ(read->outbound.allow, allowed) << "these hosts and no others inside";
}

TEST(GatewaySettings, RefuseWhatIsUnknownOrMissing) {
    EXPECT_THAT(complaint("client:", "klient:"), testing::HasSubstr("did you mean 'client'?"));
    EXPECT_THAT(complaint("idleMinutes", "idleMinute"), testing::HasSubstr("g.yaml:5:"));
    EXPECT_THAT(complaint("audience: api", "audiences: api"),
                testing::HasSubstr("did you mean 'audience'?"));
    EXPECT_THAT(complaint("services", "logLevel: info\nservice"),
                testing::HasSubstr("services must list"));
    EXPECT_THAT(complaint("client: gateway", ""), testing::HasSubstr("client must name"));
    EXPECT_THAT(complaint("client: gateway", "client: a\nclient: b"),
                testing::HasSubstr("occurs twice"));
    EXPECT_THAT(complaint("timeoutSeconds: 30", "timeoutSeconds: 0"),
                testing::HasSubstr("from 1 to 60"));
}

TEST(GatewaySettings, LoadTheSecretFromItsFile) {
    Settings settings;
    settings.secret_file = testing::TempDir() + "cambist-gateway-secret";
    EXPECT_THAT(load_secret(settings).error().describe(), testing::HasSubstr("gateway-secret"));
    ASSERT_TRUE(write_secret_file(settings.secret_file, " s3cret\n"));
    ASSERT_TRUE(load_secret(settings));
    EXPECT_EQ(settings.secret.expose(), "s3cret");
    EXPECT_EQ(std::remove(settings.secret_file.c_str()), 0);
}

TEST(GatewaySettings, RefuseWhatWouldNotBeSafe) {
    EXPECT_THAT(complaint("https://app.example", "http://app.example"),
                testing::HasSubstr("origin must be https"));
    EXPECT_EQ(complaint("https://app.example", "http://localhost:8090"), "fine");
    for (const auto* origin : {"https://app.example/", "https://App.example", "app.example",
                               "https://app.example/path", "https://u@app.example"})
        EXPECT_THAT(complaint("https://app.example", origin),
                    testing::HasSubstr("origin must be as browsers write it"))
            << origin;
    EXPECT_THAT(complaint("https://api.internal/", "http://api.internal/"),
                testing::HasSubstr("outbound.allowHttp"));
    EXPECT_THAT(complaint("client:", "listen: 0.0.0.0:80\nclient:"),
                testing::HasSubstr("would send cookies in clear"));
    EXPECT_EQ(complaint("client:", "listen: 0.0.0.0:80\ntrustedProxies: [10.0.0.1]\nclient:"),
              "fine");
    EXPECT_THAT(complaint("client:", "certificate: a.pem\nclient:"),
                testing::HasSubstr("come together"));
}

TEST(GatewaySettings, RefuseServicesThatNobodyCouldTellApart) {
    EXPECT_THAT(complaint("/api/orders/", "/api/"), testing::HasSubstr("two services"));
    for (const auto* path : {"/api/orders", "api/", "/", "/a/../b/", "/a b/", "/a%20/"})
        EXPECT_THAT(complaint("/api/orders/", path), testing::HasSubstr("path must begin")) << path;
    EXPECT_THAT(complaint("/api/orders/", "/gateway/"), testing::HasSubstr("/gateway/"));
    EXPECT_THAT(complaint("127.0.0.1:9/v1/", "127.0.0.1:9/v1"), testing::HasSubstr("slash"));
    EXPECT_THAT(complaint("audience: api", "scope: a"), testing::HasSubstr("needs an audience"));
}

}  // namespace
}  // namespace cambist::gateway
