// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <type_traits>

#include "base/files.h"
#include "config/settings.h"

namespace cambist::config {
namespace {

Settings good() {
    Settings settings;
    settings.http.listeners.push_back(
        *parse_listener("127.0.0.1:8080", http::ListenerKind::kPublic));
    settings.hostname = "https://sso.example.org";
    settings.secret_key_files = {"cambist.key"};
    return settings;
}

TEST(ConfigFile, FillsTheSettings) {
    Settings settings;
    const auto read = read_settings(
        "hostname: https://sso.example.org\nbasePath: /auth\n"
        "listeners:\n  - {address: '[::1]:8443', certificate: c.pem, key: k.pem}\n"
        "  - {address: 127.0.0.1:9000, kind: management}\n"
        "audit: {durability: async}\nlogLevel: warn\nworkers: 4\nkeyTables: 0\n",
        "c.yaml", settings);
    ASSERT_TRUE(read) << read.error().describe();
    ASSERT_EQ(settings.http.listeners.size(), 2U);
    EXPECT_EQ(settings.http.listeners[0].host, "::1");
    EXPECT_EQ(settings.http.listeners[0].port, 8443);
    EXPECT_EQ(settings.http.listeners[1].kind, http::ListenerKind::kManagement);
    EXPECT_EQ(settings.audit.durability, audit::Durability::kAsync);
    EXPECT_EQ(settings.log_level, LogLevel::kWarn);
    EXPECT_EQ(settings.base_path, "/auth");
    EXPECT_EQ(settings.http.workers, 4U);
    EXPECT_EQ(settings.key_tables, 0U);
}

TEST(ConfigFile, NamesEveryFaultWithItsPlaceAndTheNearestKey) {
    Settings settings;
    const auto read = read_settings("hostnam: x\nworkers: many\n", "c.yaml", settings);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().hint,
              "c.yaml:1:1: unknown key 'hostnam', did you mean 'hostname'?\n"
              "c.yaml:2:10: workers must be a number");
}

TEST(ConfigFile, KeepsTheAddressOfTheStoreAsASecretAndRepeatsItInNoFault) {
    static_assert(std::is_same_v<decltype(Settings::store), Secret>);
    const std::string url = "postgresql://app:hunter2@db.example/sts";
    Settings settings;
    ASSERT_TRUE(read_settings("store: " + url + "\n", "c.yaml", settings));
    EXPECT_EQ(settings.store.expose(), url);
    for (const auto* form : {"store: [URL]\n", "store: URL\nstore: URL\n", "store: {url: URL}\n",
                             "store: URL: x\n", "store: \"URL\n", "strore: URL\n"}) {
        std::string text = form;
        for (auto at = text.find("URL"); at != std::string::npos; at = text.find("URL"))
            text.replace(at, 3, url);
        const auto refused = read_settings(text, "c.yaml", settings);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().describe().find("hunter2"), std::string::npos)
            << refused.error().describe();
    }
}

TEST(ConfigFile, RefusesADuplicateKey) {
    Settings settings;
    EXPECT_FALSE(read_settings(R"({"workers": 1, "workers": 2})", "c.json", settings));
}

TEST(ConfigFile, TheExampleIsRead) {
    Settings settings;
    const std::string path = std::string(CAMBIST_SOURCE_DIR) + "/examples/cambist.yaml";
    const auto text = read_file(path);
    ASSERT_TRUE(text);
    const auto read = read_settings(*text, path, settings);
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_EQ(settings.http.listeners.size(), 2U);
    EXPECT_TRUE(check_settings(settings));
}

TEST(Listener, RefusesWhatIsNoAddress) {
    for (const auto* address :
         {"8080", ":8080", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:70000", "[]:8080"})
        EXPECT_FALSE(parse_listener(address, http::ListenerKind::kPublic)) << address;
}

TEST(Listener, ShowsNoControlCharacterOfWhatItRefuses) {
    const auto refused = parse_listener("\x1b[2J:x", http::ListenerKind::kPublic);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().hint.find('\x1b'), std::string::npos);
}

TEST(CheckSettings, AcceptsASoundConfiguration) { EXPECT_TRUE(check_settings(good())); }

TEST(CheckSettings, RefusesPlainHttpForStrangersAndNamesTheMend) {
    auto settings = good();
    settings.http.listeners[0].host = "0.0.0.0";
    const auto checked = check_settings(settings);
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().hint.find("--tls-cert"), std::string::npos);
    settings.http.trusted_proxies = {"10.0.0.1"};
    EXPECT_TRUE(check_settings(settings));
}

TEST(CheckSettings, RefusesBoundsThatWouldServeNobody) {
    auto settings = good();
    settings.hashes_at_a_time = 0;
    EXPECT_FALSE(check_settings(settings));
    settings = good();
    settings.http.workers = 4097;
    EXPECT_FALSE(check_settings(settings));
    settings.http.workers = 4096;
    EXPECT_TRUE(check_settings(settings));
}

TEST(CheckSettings, RefusesToGuessTheIssuer) {
    auto settings = good();
    settings.hostname.clear();
    EXPECT_FALSE(check_settings(settings));
    settings.dev = true;
    EXPECT_TRUE(check_settings(settings));
    EXPECT_EQ(public_url(settings, 4711), "http://127.0.0.1:4711");
}

TEST(ReadSettings, TakesWhatMayBeCalledAndForHowLong) {
    Settings settings;
    const auto read = read_settings(
        "outbound: { allowHttp: true, allow: [keys.internal, 10.0.0.0/8], caFile: ca.pem,\n"
        "  timeoutSeconds: 7, maxBytes: 1000 }\n",
        "c.yaml", settings);
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_TRUE(settings.outbound.allow_http);
    EXPECT_EQ(settings.outbound.allow.size(), 2U);
    EXPECT_EQ(settings.outbound.ca_file, "ca.pem");
    EXPECT_EQ(settings.outbound.timeout, std::chrono::seconds(7));
    EXPECT_EQ(settings.outbound.max_bytes, 1000U);
    EXPECT_FALSE(read_settings("outbound: { timeoutSeconds: 61 }\n", "c.yaml", settings));
    EXPECT_FALSE(read_settings("outbound: { allow: 10.0.0.0/8 }\n", "c.yaml", settings));
}

TEST(CheckSettings, RefusesSecretsWithoutAKeyToSealThem) {
    auto settings = good();
    settings.secret_key_files.clear();
    EXPECT_FALSE(check_settings(settings));
}

TEST(CheckSettings, RefusesAnHttpHostnameOutsideDev) {
    auto settings = good();
    settings.hostname = "http://sso.example.org";
    EXPECT_FALSE(check_settings(settings));
}

}  // namespace
}  // namespace cambist::config
