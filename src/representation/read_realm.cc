// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "representation/durations.h"
#include "representation/read_parts.h"

namespace cambist::representation {

namespace {

constexpr std::array<std::string_view, 10> kAlgorithms{"RS256", "RS384", "RS512", "PS256", "PS384",
                                                       "PS512", "ES256", "ES384", "ES512", "EdDSA"};

constexpr std::int64_t kMaxChainDepth = 16;
constexpr std::int64_t kMaxTargets = 64;

// Ten years: what is meant as "for ever" would overflow the times that are made of it.
constexpr std::int64_t kMaxSeconds = 315'360'000;

std::int64_t read_bounded(const Node& realm, std::string_view key, std::int64_t otherwise) {
    const auto value = realm.number(key, otherwise);
    if (value <= kMaxSeconds) return value;
    realm.at(key).fault_unless_export("is more than ten years", "write 315360000 or less",
                                      "ten years count");
    return realm.reading().is_export ? kMaxSeconds : otherwise;
}

void read_lifetimes(const Node& realm, Lifetimes& out) {
    const auto seconds = [&](std::string_view key, Seconds otherwise) {
        return Seconds(read_bounded(realm, key, otherwise.count()));
    };
    out.access_token = seconds("accessTokenLifespan", out.access_token);
    out.sso_session_idle = seconds("ssoSessionIdleTimeout", out.sso_session_idle);
    out.sso_session_max = seconds("ssoSessionMaxLifespan", out.sso_session_max);
    out.client_session_idle = seconds("clientSessionIdleTimeout", out.client_session_idle);
    out.client_session_max = seconds("clientSessionMaxLifespan", out.client_session_max);
    out.offline_session_idle = seconds("offlineSessionIdleTimeout", out.offline_session_idle);
    out.offline_session_max = seconds("offlineSessionMaxLifespan", out.offline_session_max);
    out.offline_session_max_enabled =
        realm.flag("offlineSessionMaxLifespanEnabled", out.offline_session_max_enabled);
    out.client_offline_session_idle =
        seconds("clientOfflineSessionIdleTimeout", out.client_offline_session_idle);
    out.client_offline_session_max =
        seconds("clientOfflineSessionMaxLifespan", out.client_offline_session_max);
    const auto check_positive = [&](std::string_view key, Seconds& value) {
        if (value.count() != 0) return;
        realm.at(key).fault_unless_export("must be above zero: nothing could ever be valid", {},
                                          "a second counts");
        value = Seconds(1);
    };
    check_positive("accessTokenLifespan", out.access_token);
    check_positive("ssoSessionIdleTimeout", out.sso_session_idle);
    check_positive("ssoSessionMaxLifespan", out.sso_session_max);
}

void read_brute_force(const Node& realm, BruteForce& out) {
    out.enabled = realm.flag("bruteForceProtected", out.enabled);
    out.permanent = realm.flag("permanentLockout", out.permanent);
    out.failure_factor = read_bounded(realm, "failureFactor", out.failure_factor);
    out.wait_increment_seconds =
        read_bounded(realm, "waitIncrementSeconds", out.wait_increment_seconds);
    out.max_failure_wait_seconds =
        read_bounded(realm, "maxFailureWaitSeconds", out.max_failure_wait_seconds);
    out.quick_login_check_ms =
        read_bounded(realm, "quickLoginCheckMilliSeconds", out.quick_login_check_ms);
    out.minimum_quick_login_wait_seconds =
        read_bounded(realm, "minimumQuickLoginWaitSeconds", out.minimum_quick_login_wait_seconds);
    out.max_delta_seconds = read_bounded(realm, "maxDeltaTimeSeconds", out.max_delta_seconds);
}

void refuse_unserved(const Node& realm) {
    const auto audit = realm.at("audit");
    static constexpr Word<bool> kDurability[] = {{"sync", true}, {"async", false}};
    if (!read_word(audit, "durability", kDurability, true))
        audit.at("durability").fault("async is not served by this version", "write sync");
}

std::int64_t read_bounded(const Node& realm, std::string_view key, std::int64_t otherwise,
                          std::int64_t most) {
    const auto number = realm.number(key, otherwise);
    if (number >= 1 && number <= most) return number;
    realm.at(key).fault("must be from 1 to " + std::to_string(most));
    return otherwise;
}

void check_name(const Node& realm, const std::string& name) {
    const auto node = realm.at("realm");
    if (!node.present()) return realm.fault("the realm has no name", "add the key \"realm\"");
    if (!node.value().is_string()) return;
    static constexpr std::size_t kLongest = 255;
    const bool is_good = !name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
                         std::ranges::all_of(name, [](char c) {
                             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                                    c == ' ';
                         });
    if (!is_good)
        node.fault("is no name for a realm, which stands in URLs",
                   "use letters, digits, '-', '_' and '.'");
}

// They are read where keys are renewed; here it is said that they can not be.
void check_key_attributes(const Node& attributes) {
    for (const auto* name : {"cambist.keys.max.age", "cambist.keys.publish"})
        static_cast<void>(read_duration(attributes, name));
}

}  // namespace

std::optional<Seconds> read_duration(const Node& owner, std::string_view key) {
    const auto node = owner.at(key);
    const auto* text = node.present() ? node.value().if_string() : nullptr;
    if (text == nullptr) return std::nullopt;
    const auto duration = parse_duration(*text);
    if (!duration)
        node.fault("is no length of time: " + quoted(*text), "write 90s, 5m, 1h30m or 2d");
    return duration;
}

bool is_signature_algorithm(std::string_view name) {
    return std::ranges::find(kAlgorithms, name) != kAlgorithms.end();
}

std::string read_algorithm(const Node& owner, std::string_view key, std::string_view otherwise) {
    auto algorithm = owner.text(key, otherwise);
    if (algorithm.empty() || is_signature_algorithm(algorithm)) return algorithm;
    std::string all;
    for (const auto known : kAlgorithms) all += (all.empty() ? "" : ", ") + std::string(known);
    owner.at(key).fault_unless_export(
        "no signature algorithm of ours: " + quoted(algorithm), "use one of " + all,
        otherwise.empty() ? "the realm's counts" : std::string(otherwise) + " counts");
    return std::string(otherwise);
}

bool Once::is_new(const Node& node, std::string_view key, const std::string& name) {
    const auto [first, is_new] = seen_.try_emplace(name, node.at(key).position());
    if (!is_new)
        node.at(key).fault("the " + what_ + " " + quoted(name) + " occurs twice (first at " +
                           json::describe(first->second) + ")");
    return is_new;
}

void read_settings(const Node& realm, Realm& out) {
    out.id = realm.text("id");
    out.name = RealmName(realm.text("realm"));
    check_name(realm, out.name.text());
    out.display_name = realm.text("displayName");
    out.enabled = realm.flag("enabled", true);
    static constexpr Word<SslRequired> kSsl[] = {
        {"none", SslRequired::kNone},         {"external", SslRequired::kExternal},
        {"all", SslRequired::kAll},           {"NONE", SslRequired::kNone},
        {"EXTERNAL", SslRequired::kExternal}, {"ALL", SslRequired::kAll}};
    out.ssl_required = read_word(realm, "sslRequired", kSsl, SslRequired::kExternal);
    out.not_before = realm.number("notBefore", 0);
    out.signature_algorithm = read_algorithm(realm, "defaultSignatureAlgorithm", "RS256");
    read_lifetimes(realm, out.lifetimes);
    out.revoke_refresh_token = realm.flag("revokeRefreshToken", false);
    out.refresh_token_max_reuse = realm.number("refreshTokenMaxReuse", 0);
    out.login_with_email = realm.flag("loginWithEmailAllowed", true);
    out.duplicate_emails = realm.flag("duplicateEmailsAllowed", false);
    read_brute_force(realm, out.brute_force);
    static constexpr Word<ErrorDialect> kDialects[] = {{"strict", ErrorDialect::kStrict},
                                                       {"keycloak", ErrorDialect::kKeycloak}};
    out.error_dialect = read_word(realm, "errorDialect", kDialects, ErrorDialect::kStrict);
    out.max_chain_depth = read_bounded(realm, "maxChainDepth", out.max_chain_depth, kMaxChainDepth);
    out.max_targets = read_bounded(realm, "maxTargets", out.max_targets, kMaxTargets);
    out.attributes = realm.text_map("attributes");
    if (const auto url = out.attributes.find("frontendUrl"); url != out.attributes.end())
        out.frontend_url = url->second;
    static constexpr Word<bool> kSwitch[] = {
        {"on", true}, {"off", false}, {"true", true}, {"false", false}};
    out.dpop_nonce = read_word(realm.at("attributes"), "cambist.dpop.nonce", kSwitch, false);
    check_key_attributes(realm.at("attributes"));
    refuse_unserved(realm);
}

}  // namespace cambist::representation
