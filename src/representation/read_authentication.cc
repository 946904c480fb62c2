// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "crypto/alternative_names.h"
#include "crypto/certificate.h"
#include "crypto/distinguished_name.h"
#include "jose/jwk.h"
#include "json/parse.h"
#include "model/form.h"
#include "representation/client_keys.h"
#include "representation/jwk_of_certificate.h"
#include "representation/objects.h"
#include "representation/read_client.h"

// How a client proves who it is, and the keys it has for that.
namespace cambist::representation {

namespace {

// Seconds since 1970, as client secret rotation writes it; what can not be read has passed.
std::int64_t read_expiry(const Node& attributes, std::string_view key) {
    const auto text = attributes.text(key);
    if (text.empty()) return 0;
    std::int64_t at = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, at);
    if (error == std::errc() && stop == end && at >= 0) return at;
    attributes.at(key).fault_unless_export("must be seconds since 1970, not " + quoted(text), {},
                                           "the secret counts as expired");
    return 1;
}

// Of client_secret_jwt also the HMACs (RFC 7518 section 3.2), which nothing else is signed with.
std::string read_assertion_algorithm(const Node& attributes, Client& client) {
    static constexpr std::string_view kKey = "token.endpoint.auth.signing.alg";
    const auto name = attributes.text(kKey);
    if (name == "HS256" || name == "HS384" || name == "HS512") return name;
    return read_client_algorithm(attributes, kKey, client);
}

bool is_jwk_set(const std::string& text) {
    const auto set = json::parse(text);
    if (!set) return false;
    const auto* keys = set->find("keys");
    return keys != nullptr && keys->is_array() && !keys->as_array().empty();
}

// Named and left in: one bad key must not keep a realm from being served. What comes from the store
// was looked at when it came there; checking keys takes time.
void report_useless_keys(const Node& at, const Client& client) {
    if (!at.reading().options.complete) return;
    for (const auto& useless : useless_keys(client.jwks))
        at.risk("client " + quoted(client.client_id.text()) + ": " + useless);
}

// Where the client publishes its keys: as Keycloak does it, the switch decides, and the URL counts
// before a set that stands in the file.
bool read_jwks_url(const Node& attributes, Client& client) {
    if (!read_text_flag(attributes, "use.jwks.url", false)) return false;
    client.jwks_url = attributes.text("jwks.url");
    const bool is_url =
        client.jwks_url.starts_with("https://") || client.jwks_url.starts_with("http://");
    if (!is_url || !is_resource_uri(client.jwks_url))
        attributes.at("jwks.url")
            .fault_unless_export("must be the https URL of the client's JWK set", {},
                                 "the client has no keys");
    return true;
}

void read_unserved_authenticator(const Node& at, const std::string& type, Client& client) {
    static constexpr std::array<std::string_view, 2> kKnown{"federated-jwt", "client-id-only"};
    const bool is_known = std::ranges::find(kKnown, type) != kKnown.end();
    if (!is_known && !at.reading().is_export)
        return at.fault("not supported: " + quoted(type),
                        "use client-secret, client-secret-jwt, client-jwt or client-x509");
    leave_unserved(at, client, "authentication by " + quoted(type) + " is not served");
}

std::shared_ptr<const Secret> read_secret(const Node& owner, std::string_view key) {
    const auto secret = owner.text(key);
    if (secret == kMaskedSecret)
        owner.at(key).note("is masked: the stored secret stays, if there is one");
    if (secret.empty() || secret == kMaskedSecret) return nullptr;
    return std::make_shared<const Secret>(secret);
}

// Keycloak's secret rotation: the old secret serves until it expires.
void read_secrets(const Node& node, Client& client) {
    const auto attributes = node.at("attributes");
    client.secret = read_secret(node, "secret");
    client.secret_expires = read_expiry(attributes, "client.secret.expiration.time");
    client.rotated_secret = read_secret(attributes, kRotatedSecret);
    client.rotated_secret_expires =
        read_expiry(attributes, "client.secret.rotated.expiration.time");
    if (client.rotated_secret != nullptr && client.rotated_secret_expires == 0)
        attributes.at(kRotatedSecret)
            .note("does not serve: client.secret.rotated.expiration.time does not say until when");
}

// Whether it is known by an alternative name. RFC 8705 section 2.1.2: a client has one name.
bool check_alternative_names(const Node& attributes, const Client& client) {
    using Kind = crypto::AlternativeName::Kind;
    static constexpr std::array<std::pair<std::string_view, Kind>, 4> kKinds{
        {{"dns", Kind::kDns}, {"uri", Kind::kUri}, {"ip", Kind::kIp}, {"email", Kind::kEmail}}};
    bool has_name = !client.x509_subject_dn.empty();
    bool has_alternative = false;
    for (const auto& [kind, value] : kKinds) {
        const auto key = "cambist.x509.san." + std::string(kind);
        const auto text = attributes.text(key);
        if (text.empty()) continue;
        const auto at = attributes.at(key);
        if (has_name)
            at.fault("a client is known by one name of its certificate",
                     "keep one of x509.subjectdn and cambist.x509.san.*");
        if (const auto name = crypto::make_alternative_name(value, text); !name)
            at.fault(name.error().hint, "write it as it stands in the certificate");
        has_name = has_alternative = true;
    }
    return has_alternative;
}

// RFC 8705 section 2: by the subject's name, as Keycloak has it, or an alternative name; without
// one, by the certificates that are registered themselves.
void read_x509(const Node& attributes, Client& client) {
    client.authenticator = ClientAuthenticator::kX509;
    client.x509_subject_dn = attributes.text("x509.subjectdn");
    client.x509_subject_dn_is_pattern =
        read_text_flag(attributes, "x509.allow.regex.pattern.comparison", false);
    if (check_alternative_names(attributes, client)) return;
    if (!client.x509_subject_dn.empty()) {
        if (client.x509_subject_dn_is_pattern) return;
        if (const auto name = crypto::parse_distinguished_name(client.x509_subject_dn); !name)
            attributes.at("x509.subjectdn")
                .fault_unless_export("is no name as of RFC 4514: " + name.error().hint,
                                     "write it as CN=...,OU=...,O=...",
                                     "the client can not authenticate");
        return;
    }
    if (const auto set = json::parse(attributes.text("jwks.string")))
        client.x509_thumbprints = jose::certificate_thumbprints(*set);
    const auto certificate = attributes.text("jwt.credential.certificate");
    if (const auto der = crypto::certificate_to_der(certificate); !certificate.empty() && der)
        client.x509_thumbprints.push_back(crypto::x5t_s256(*der));
    const bool is_published = read_jwks_url(attributes, client);
    if (client.x509_thumbprints.empty() && !is_published && client.enabled)
        attributes.note(
            "the client has neither x509.subjectdn nor cambist.x509.san.* nor a certificate (x5c "
            "in jwks.string or at jwks.url, or jwt.credential.certificate): it can not "
            "authenticate");
}

// Keycloak 26: which issuer's token proves the client, and what it says in `sub`. Whether the
// issuer may do so is looked at when issuers are read.
void read_federated(const Node& node, Client& client) {
    const auto attributes = node.at("attributes");
    client.authenticator = ClientAuthenticator::kFederatedJwt;
    client.federated_issuer = attributes.text("jwt.credential.issuer");
    client.federated_subject = attributes.text("jwt.credential.sub");
    if (client.federated_issuer.empty() || client.federated_subject.empty())
        node.at("clientAuthenticatorType")
            .fault_unless_export("federated-jwt needs an issuer and a subject",
                                 "set the attributes jwt.credential.issuer (the alias of a trusted "
                                 "issuer) and jwt.credential.sub",
                                 "the client can not authenticate");
}

void check_hmac_secret(const Node& node, const Client& client) {
    const auto& algorithm = client.assertion_algorithm;
    const std::size_t least = algorithm == "HS512" ? 64 : algorithm == "HS384" ? 48 : 32;
    if (client.secret != nullptr && client.secret->expose().size() < least)
        node.at("secret").note("is too short: " + (algorithm.empty() ? "HS256" : algorithm) +
                               " needs " + std::to_string(least) +
                               " bytes (RFC 7518 section 3.2), so the client can not authenticate");
}

}  // namespace

void read_authenticator(const Node& node, Client& client) {
    const auto type = node.text("clientAuthenticatorType", "client-secret");
    read_secrets(node, client);
    if (!client.is_confidential()) return;
    // Of no meaning beside a secret, and then often left over.
    if (type == "client-jwt" || type == "client-secret-jwt" || !node.reading().is_export)
        client.assertion_algorithm = read_assertion_algorithm(node.at("attributes"), client);
    const bool has_secret = !node.text("secret").empty();
    if (type == "client-jwt") {
        client.authenticator = ClientAuthenticator::kJwt;  // its keys: read_jwks()
        return;
    }
    if (type == "federated-jwt") return read_federated(node, client);
    if (type == "client-x509") return read_x509(node.at("attributes"), client);
    if (type == "client-secret-jwt") {
        client.authenticator = ClientAuthenticator::kSecretJwt;
        check_hmac_secret(node, client);
    } else if (type != "client-secret") {
        return read_unserved_authenticator(node.at("clientAuthenticatorType"), type, client);
    }
    if (!has_secret && client.enabled)
        node.note("has no secret: it can not authenticate until it has one");
}

void read_jwks(const Node& attributes, Client& client) {
    if (read_jwks_url(attributes, client)) return;
    client.jwks = attributes.text("jwks.string");
    if (!client.jwks.empty()) {
        const auto at = attributes.at("jwks.string");
        if (!is_jwk_set(client.jwks))
            return at.fault_unless_export("is no JWK set: {\"keys\": [...]} as JSON text", {},
                                          "the client can not authenticate");
        return report_useless_keys(at, client);
    }
    const auto certificate = attributes.text("jwt.credential.certificate");
    if (certificate.empty()) {
        if (client.authenticator == ClientAuthenticator::kJwt && client.enabled)
            attributes.note("the client has no key: it can not authenticate");
        if (client.id_token_encryption.is_on() || client.userinfo_encryption.is_on())
            attributes.note("the client has no key that could be encrypted to: it gets nothing");
        return;
    }
    if (auto jwks = jwks_of_certificate(certificate))
        client.jwks = *std::move(jwks);
    else
        attributes.at("jwt.credential.certificate")
            .fault_unless_export("is no certificate we can read", {},
                                 "the client can not authenticate");
}

}  // namespace cambist::representation
