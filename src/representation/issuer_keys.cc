// SPDX-License-Identifier: Apache-2.0
#include "representation/issuer_keys.h"

#include "base/files.h"
#include "jose/jwk.h"
#include "json/parse.h"
#include "model/form.h"
#include "representation/client_keys.h"
#include "representation/jwk_of_certificate.h"
#include "representation/placeholders.h"

namespace cambist::representation {

namespace {

constexpr std::size_t kMostKeyBytes = 1024UL * 1024;

bool has_keys(std::string_view jwks) {
    const auto set = jose::parse_jwk_set(jwks);
    return set && !set->keys.empty();
}

// JSON text, or the object itself.
std::string jwks_text(const Node& node) {
    if (const auto* text = node.value().if_string()) return *text;
    return node.value().to_text();
}

std::string read_inline(const Node& keys) {
    if (const auto node = keys.at("jwks"); node.present()) {
        auto text = jwks_text(node);
        if (has_keys(text)) {
            for (const auto& why : useless_keys(text)) node.note(why);
            return text;
        }
        const auto useless = useless_keys(text);
        node.fault("no key of it can be used" + (useless.empty() ? "" : ": " + useless.front()),
                   "give a JWK set with public keys: {\"keys\": [...]}");
        return {};
    }
    const auto pem = keys.at("pem");
    if (!pem.present()) return {};
    if (auto jwks = jwks_of_text(keys.text("pem"))) return *std::move(jwks);
    pem.fault("is no public key or certificate in PEM",
              "it begins with -----BEGIN PUBLIC KEY-----");
    return {};
}

std::string read_url(const Node& keys, std::string_view key) {
    auto url = keys.text(key);
    // What the environment has to say is looked at where the file is applied.
    if (!url.empty() && !is_fetchable(url) && !has_placeholder(url))
        keys.at(key).fault("is no URL to fetch from", "write https://...");
    return url;
}

// A file of SAML metadata has keys and how long they serve; it takes the place of `keys`.
void inline_metadata(json::Value& issuer, std::string_view xml, json::Position position) {
    issuer.erase("keys");
    auto* saml = issuer.find("saml");
    if (saml == nullptr) {
        issuer.set("saml", json::Value::object());
        saml = issuer.find("saml");
        saml->set_position(position);
    }
    if (!saml->is_object()) return;
    json::Value text{std::string(xml)};
    text.set_position(position);
    saml->set("metadata", std::move(text));
}

}  // namespace

bool is_fetchable(std::string_view url) {
    const bool has_scheme = url.starts_with("https://") || url.starts_with("http://");
    return has_scheme && is_resource_uri(url);
}

std::optional<std::string> jwks_of_text(std::string_view text, std::string_view kid) {
    if (has_keys(text)) return std::string(text);
    if (auto jwks = jwks_of_certificate(text); jwks && text.find("PUBLIC KEY") == text.npos)
        return jwks;
    const auto key = crypto::PublicKey::from_pem(text);
    if (!key) return std::nullopt;
    return jwks_of_key(*key, kid);
}

IssuerKeys read_issuer_keys(const Node& keys) {
    IssuerKeys out;
    if (!keys.present() || !keys.value().is_object()) return out;
    int given = 0;
    for (const auto* key : {"discovery", "jwksUrl", "jwks", "pem", "file"}) given += keys.has(key);
    if (given != 1)
        keys.fault("says " + std::to_string(given) + " places where the keys are",
                   "write one: discovery, jwksUrl, jwks, pem or file");
    out.discovery = read_url(keys, "discovery");
    out.jwks_url = read_url(keys, "jwksUrl");
    out.jwks = read_inline(keys);
    return out;
}

void inline_key_files(json::Value& realm, Reading& reading) {
    auto* issuers = realm.find("trustedIssuers");
    if (issuers == nullptr || !issuers->is_array() || !reading.options.read_files) return;
    std::size_t number = 0;
    for (auto& issuer : issuers->as_array()) {
        const auto path = "trustedIssuers[" + std::to_string(number++) + "].keys.file";
        auto* keys = issuer.find("keys");
        const auto* file = keys == nullptr ? nullptr : keys->find("file");
        if (file == nullptr || !file->is_string()) continue;
        const auto position = file->position();
        if (!reading.options.read_file) {
            reading.fault(position, path, "can not be read here",
                          "apply the file with the command line");
            continue;
        }
        // Public keys: unlike a file with a secret it may be read by anybody.
        const auto content = read_file(file->as_string(), kMostKeyBytes);
        if (!content) {
            reading.fault(position, path, "can not be read: " + content.error().describe());
            continue;
        }
        if (content->starts_with('<')) {
            inline_metadata(issuer, *content, position);
            continue;
        }
        auto jwks = jwks_of_text(*content);
        if (!jwks) {
            reading.fault(position, path,
                          "holds no public key, certificate, JWK set or SAML metadata");
            continue;
        }
        keys->erase("file");
        json::Value text(*std::move(jwks));
        text.set_position(position);
        keys->set("jwks", std::move(text));
    }
}

}  // namespace cambist::representation
