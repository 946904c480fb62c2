// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "json/parse.h"
#include "representation/issuer_keys.h"
#include "representation/objects.h"
#include "representation/permission_policies.h"
#include "representation/read_issuers.h"
#include "representation/read_parts.h"
#include "representation/shape.h"

// Keycloak's identity providers as trusted issuers: what it takes from their tokens is taken here.
// Its log-in by redirect is no part of this server.
namespace cambist::representation {

namespace {

struct ProviderRow {
    std::string_view id;
    IssuerKind kind = IssuerKind::kOidc;
    IssuerPreset preset = IssuerPreset::kNone;
};
constexpr ProviderRow kProviders[] = {
    {"oidc"},
    {"keycloak-oidc", IssuerKind::kOidc, IssuerPreset::kKeycloak},
    {"google", IssuerKind::kOidc, IssuerPreset::kGoogle},
    {"jwt-authorization-grant", IssuerKind::kJwt},
    {"kubernetes", IssuerKind::kJwt, IssuerPreset::kKubernetes},
    {"spiffe", IssuerKind::kJwt, IssuerPreset::kSpiffe},
    {"saml", IssuerKind::kSaml2},
};

bool is_on(std::string_view text, bool otherwise) {
    return text.empty() ? otherwise : text == "true";
}

std::optional<Seconds> read_seconds(const Node& config, std::string_view key) {
    const auto text = config.text(key);
    if (text.empty()) return std::nullopt;
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    static constexpr std::int64_t kMost = 315'360'000;
    if (error == std::errc() && stop == text.data() + text.size() && number >= 0 && number <= kMost)
        return Seconds(number);
    config.at(key).fault_unless_export("is no number of seconds", "write digits",
                                       "the default counts");
    return std::nullopt;
}

std::vector<std::string> split_commas(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto comma = text.find(',');
        auto part = text.substr(0, comma);
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        if (!part.empty()) parts.emplace_back(part);
        text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
    }
    return parts;
}

void read_keys(const Node& config, TrustedIssuer& issuer) {
    const auto url = config.text("jwksUrl");
    if (is_on(config.text("useJwksUrl"), true) && !url.empty()) {
        if (is_fetchable(url)) issuer.keys.jwks_url = url;
        return;
    }
    const auto text = config.text("publicKeySignatureVerifier");
    if (text.empty()) return;
    if (auto jwks = jwks_of_text(text, config.text("publicKeySignatureVerifierKeyId")))
        issuer.keys.jwks = *std::move(jwks);
}

// Several certificates in one text, while the provider changes them.
std::string keys_of_certificates(const std::string& text) {
    auto keys = json::Value::array();
    for (const auto& certificate : split_commas(text)) {
        const auto jwks = jwks_of_text(certificate);
        const auto set = jwks ? json::parse(*jwks, {}, json::Positions::kNone)
                              : Result<json::Value>(json::Value());
        const auto* list = set ? set->find("keys") : nullptr;
        if (list == nullptr || !list->is_array()) continue;
        for (const auto& key : list->as_array()) keys.push(key);
    }
    if (keys.as_array().empty()) return {};
    return json::Value::object().set("keys", std::move(keys)).to_text();
}

void apply_saml(const Node& config, TrustedIssuer& issuer) {
    issuer.issuers.clear();
    if (auto entity = config.text("idpEntityId"); !entity.empty())
        issuer.issuers = {std::move(entity)};
    issuer.audience = {config.text("entityId", TrustedIssuer::kOurselves)};
    issuer.saml.name_id_format = config.text("nameIDPolicyFormat", issuer.saml.name_id_format);
    issuer.keys = {};
    if (!is_on(config.text("useMetadataDescriptorUrl"), false)) {
        issuer.endpoints.saml_metadata.clear();
        issuer.keys.jwks = keys_of_certificates(config.text("signingCertificate"));
    }
}

void apply_known(const Node& config, TrustedIssuer& issuer) {
    if (issuer.kind == IssuerKind::kSaml2) return apply_saml(config, issuer);
    switch (issuer.preset) {
        case IssuerPreset::kGoogle:
            issuer.issuers = {"https://accounts.google.com", "accounts.google.com"};
            issuer.keys.jwks_url = "https://www.googleapis.com/oauth2/v3/certs";
            issuer.algorithms = {"RS256"};
            if (const auto domain = config.text("hostedDomain"); !domain.empty() && domain != "*")
                issuer.require.push_back({.claim = "hd", .patterns = split_commas(domain)});
            break;
        case IssuerPreset::kKubernetes:
            issuer.uses = {.subject = false, .client = true};
            issuer.binding.subject_claim = "kubernetes\\.io.serviceaccount.uid";
            if (issuer.keys.jwks_url.empty() && issuer.keys.jwks.empty() && !issuer.issuers.empty())
                issuer.keys.discovery = issuer.issuers.front();
            break;
        case IssuerPreset::kSpiffe: {
            issuer.uses = {.subject = false, .client = true};
            const auto domain = config.text("trustDomain", config.text("issuer"));
            issuer.issuers = {domain.starts_with("spiffe://") ? domain : "spiffe://" + domain};
            issuer.keys.jwks_url = config.text("bundleEndpoint", issuer.keys.jwks_url);
            issuer.algorithms = {"RS256", "RS384", "RS512", "ES256", "ES384",
                                 "ES512", "PS256", "PS384", "PS512"};
            break;
        }
        default:
            break;
    }
}

// Keycloak's legacy exchange takes tokens of a provider that has a permission for it, and makes
// users of whom they are about.
bool has_permission(const Node& realm, std::string_view id) {
    const auto name = "token-exchange.permission.idp." + std::string(id);
    for (const auto& client : realm.list("clients"))
        for (const auto& policy : client.at("authorizationSettings").list("policies"))
            if (policy.text("name") == name && !id.empty())
                return !read_names(policy.at("config"), "applyPolicies").empty();
    return false;
}

void make_legacy(TrustedIssuer& issuer) {
    issuer.kind = IssuerKind::kKeycloakV1;
    issuer.binding.kind = BindingKind::kCreate;
    issuer.binding.username.clear();
}

// Why none of its tokens can be taken; empty: they are.
std::string obstacle(const TrustedIssuer& issuer) {
    if (issuer.kind == IssuerKind::kSaml2) {
        if (issuer.issuers.empty()) return "it has no idpEntityId, so that no assertion is known";
        if (issuer.keys.jwks.empty() && issuer.endpoints.saml_metadata.empty())
            return "it has no signing certificate and no URL of metadata";
        return {};
    }
    if (issuer.issuers.empty()) return "it has no issuer, so that none of its tokens is known";
    const bool has_keys = !issuer.keys.jwks_url.empty() || !issuer.keys.jwks.empty() ||
                          !issuer.keys.discovery.empty();
    if (issuer.kind == IssuerKind::kKeycloakV1 && !issuer.endpoints.userinfo.empty()) return {};
    if (!has_keys) return "it has no keys: its user info alone proves nothing";
    return {};
}

TrustedIssuer read_provider(const Node& realm, const Node& node, const ProviderRow& provider,
                            const Realm& out) {
    const auto config = node.at("config");
    TrustedIssuer issuer;
    issuer.alias = node.text("alias");
    issuer.display_name = node.text("displayName");
    issuer.enabled = node.flag("enabled", true);
    issuer.source = node.path();
    issuer.kind = provider.kind;
    issuer.preset = provider.preset;
    issuer.issuers = split_commas(config.text("issuer"));
    issuer.algorithms = all_algorithms();
    if (auto one = config.text("jwtAuthorizationGrantAssertionSignatureAlg"); !one.empty())
        issuer.algorithms = {std::move(one)};
    read_keys(config, issuer);
    const auto client_id = config.text("clientId");
    issuer.audience = {std::string(TrustedIssuer::kOurselves)};
    if (!client_id.empty()) issuer.audience.push_back(client_id);
    // What a provider gives to its clients at a log-in (ID tokens) is no assertion to us.
    if (!client_id.empty() && !is_on(config.text("allowClientIdAsAudience"), false))
        issuer.subject_audience = {client_id};
    issuer.token_types = {TokenType::kAccessToken, TokenType::kIdToken, TokenType::kJwt};
    if (issuer.kind == IssuerKind::kSaml2) issuer.token_types = {TokenType::kSaml2};
    issuer.uses.grant = is_on(config.text("jwtAuthorizationGrantEnabled"), false);
    issuer.uses.subject = provider.id != "jwt-authorization-grant";
    issuer.uses.client = is_on(config.text("supportsClientAssertions"), false);
    issuer.clock_skew =
        read_seconds(config, "jwtAuthorizationGrantAllowedClockSkew")
            .value_or(read_seconds(config, "allowedClockSkew").value_or(Seconds(0)));
    issuer.assertion_max_age =
        read_seconds(config, "jwtAuthorizationGrantMaxAllowedAssertionExpiration")
            .value_or(issuer.assertion_max_age);
    if (is_on(config.text("jwtAuthorizationGrantAssertionReuseAllowed"), false))
        issuer.single_use = false;
    issuer.binding.kind = BindingKind::kLink;
    issuer.binding.trust_email = node.flag("trustEmail", false);
    issuer.endpoints = {.introspection = config.text("tokenIntrospectionUrl"),
                        .userinfo = config.text("userInfoUrl"),
                        .token = config.text("tokenUrl"),
                        .hook = {},
                        .saml_metadata = config.text("metadataDescriptorUrl"),
                        .client_id = client_id,
                        .client_secret = nullptr};
    if (auto secret = config.text("clientSecret"); !secret.empty() && secret != kMaskedSecret)
        issuer.endpoints.client_secret = std::make_shared<const Secret>(std::move(secret));
    apply_known(config, issuer);
    if (issuer.kind == IssuerKind::kOidc && has_permission(realm, node.text("internalId")))
        make_legacy(issuer);
    read_issuer_mappers(realm, node, out, issuer);
    issuer.unserved = obstacle(issuer);
    return issuer;
}

// What works in another way than in Keycloak, by name.
void report(const Node& node, const TrustedIssuer& issuer) {
    const auto name = quoted(issuer.alias);
    if (!issuer.enabled) return;
    if (!issuer.unserved.empty())
        return node.risk("identity provider " + name + ": " + issuer.unserved);
    if (issuer.kind == IssuerKind::kKeycloakV1)
        return node.note(
            "identity provider " + name +
            ": by its permission token-exchange its tokens are exchanged as in Keycloak's legacy "
            "exchange, and new subjects become users; but they must name " +
            cambist::join(issuer.audience, " or ") +
            " in aud, so that opaque ones need a tokenIntrospectionUrl");
    node.note(
        "identity provider " + name +
        ": tokens of users who are linked are taken, by rule; nobody logs in through it here, "
        "nobody is created, and its tokens must name " +
        cambist::join(issuer.audience, " or ") + " in aud");
}

}  // namespace

void read_identity_providers(const Node& realm, Realm& out) {
    Once once("identity provider");
    for (const auto& node : realm.list("identityProviders")) {
        if (!node.value().is_object()) continue;
        const auto alias = node.text("alias");
        if (alias.empty() || !once.is_new(node, "alias", alias)) continue;
        const auto taken = std::ranges::any_of(
            out.issuers, [&](const auto& issuer) { return issuer->alias == alias; });
        if (taken) {
            node.note("trustedIssuers has " + quoted(alias) + " too: that entry counts");
            continue;
        }
        const auto id = node.text("providerId");
        const auto* provider = std::ranges::find(kProviders, id, &ProviderRow::id);
        if (provider == std::end(kProviders)) {
            if (node.flag("enabled", true))
                node.risk("identity provider " + quoted(alias) + ": its tokens are not taken: " +
                          quoted(id) + " has none that could be verified");
            continue;
        }
        auto issuer = read_provider(realm, node, *provider, out);
        report(node, issuer);
        out.issuers.push_back(std::make_shared<const TrustedIssuer>(std::move(issuer)));
    }
}

}  // namespace cambist::representation
