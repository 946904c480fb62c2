// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/text.h"
#include "crypto/certificate.h"
#include "crypto/distinguished_name.h"
#include "json/parse.h"
#include "model/form.h"
#include "representation/jwk_of_certificate.h"
#include "representation/mapper_kinds.h"
#include "representation/objects.h"
#include "representation/read_parts.h"

namespace cambist::representation {

namespace {

constexpr std::string_view kRotatedSecret = "client.secret.rotated";

std::vector<std::string> read_scope_names(const Node& owner, std::string_view key) {
    std::vector<std::string> names;
    for (const auto& [name, node] : owner.text_nodes(key)) {
        node.refer(Named::kScope, name);
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    return names;
}

// Keycloak keeps flags and numbers of a client as texts; an empty one is as good as none.
bool read_text_flag(const Node& attributes, std::string_view key, bool otherwise) {
    const auto text = attributes.text(key);
    if (text.empty()) return otherwise;
    if (text == "true" || text == "false") return text == "true";
    attributes.at(key).fault_unless_export("must be \"true\" or \"false\", not " + quoted(text), {},
                                           "read as Keycloak does");
    return attributes.reading().is_export && to_lower_ascii(text) == "true";
}

std::optional<Seconds> read_text_seconds(const Node& attributes, std::string_view key) {
    const auto text = attributes.text(key);
    // "-1" and "0" are Keycloak's ways to say: as the realm has it, but for access tokens.
    if (text.empty() || text == "-1" || text == "0") return std::nullopt;
    std::int64_t seconds = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, seconds);
    static constexpr std::int64_t kMost = 10LL * 366 * 24 * 3600;
    const bool is_number = error != std::errc::invalid_argument && stop == end && seconds >= 0;
    if (is_number && error == std::errc() && seconds <= kMost) return Seconds(seconds);
    attributes.at(key).fault_unless_export(
        "must be a number of seconds, not " + quoted(text), {},
        is_number ? "ten years count" : "the realm's value counts");
    return is_number ? std::optional(Seconds(kMost)) : std::nullopt;
}

// The client stays in the realm and gets no tokens: one that is not bound, not encrypted or signed
// in another way than it is registered for would be worse than none.
void leave_unserved(const Node& at, Client& client, const std::string& what) {
    at.risk(what + " here: client " + quoted(client.client_id.text()) + " gets no tokens");
    if (client.unserved.empty()) client.unserved = what;
}

std::string read_client_algorithm(const Node& attributes, std::string_view key, Client& client) {
    const auto text = attributes.text(key);
    if (!attributes.reading().is_export || text.empty() || is_signature_algorithm(text))
        return read_algorithm(attributes, key, "");
    leave_unserved(attributes.at(key), client, quoted(text) + " is not served");
    return {};
}

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

void read_exchange(const Node& attributes, Client& client) {
    client.standard_token_exchange =
        read_text_flag(attributes, "standard.token.exchange.enabled", false);
    static constexpr std::string_view kRefresh =
        "standard.token.exchange.enableRefreshRequestedTokenType";
    const auto refresh = attributes.text(kRefresh);
    if (refresh == "SAME_SESSION")
        client.exchange_refresh = ExchangeRefresh::kSameSession;
    else if (!refresh.empty() && refresh != "NO")
        attributes.at(kRefresh).note("unknown value, counts as NO, as in Keycloak");
    if (client.standard_token_exchange && !client.is_confidential())
        attributes.at("standard.token.exchange.enabled")
            .note("has no effect: only confidential clients exchange by this switch");
}

std::string one_of(const Node& attributes, const std::string& key,
                   std::span<const std::string_view> known, Client& client) {
    auto text = attributes.text(key);
    if (text.empty() || std::ranges::find(known, text) != known.end()) return text;
    if (attributes.reading().is_export) {
        leave_unserved(attributes.at(key), client, quoted(text) + " is not served");
        return {};
    }
    std::string all;
    for (const auto name : known) all += (all.empty() ? "" : ", ") + std::string(name);
    attributes.at(key).fault("not served: " + quoted(text), "use one of " + all);
    return {};
}

// Keycloak's pair of attributes; without `enc` it is OpenID Connect's default.
ResponseEncryption read_encryption(const Node& attributes, const std::string& prefix,
                                   Client& client) {
    static constexpr std::array<std::string_view, 6> kAlg{"RSA-OAEP-256",   "RSA-OAEP",
                                                          "ECDH-ES",        "ECDH-ES+A128KW",
                                                          "ECDH-ES+A192KW", "ECDH-ES+A256KW"};
    static constexpr std::array<std::string_view, 6> kEnc{
        "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"};
    ResponseEncryption encryption;
    encryption.alg = one_of(attributes, prefix + ".alg", kAlg, client);
    encryption.enc = one_of(attributes, prefix + ".enc", kEnc, client);
    if (encryption.is_on() && encryption.enc.empty()) encryption.enc = "A128CBC-HS256";
    if (!encryption.enc.empty() && !encryption.is_on())
        attributes.at(prefix + ".enc").note("has no effect without " + prefix + ".alg");
    return encryption;
}

// Of client_secret_jwt also the HMACs (RFC 7518 section 3.2), which nothing else is signed with.
std::string read_assertion_algorithm(const Node& attributes, Client& client) {
    static constexpr std::string_view kKey = "token.endpoint.auth.signing.alg";
    const auto name = attributes.text(kKey);
    if (name == "HS256" || name == "HS384" || name == "HS512") return name;
    return read_client_algorithm(attributes, kKey, client);
}

void read_attributes(const Node& attributes, Client& client) {
    read_exchange(attributes, client);
    client.use_refresh_tokens = read_text_flag(attributes, "use.refresh.tokens", true);
    client.client_credentials_refresh =
        read_text_flag(attributes, "client_credentials.use_refresh_token", false);
    client.rfc9068_header = read_text_flag(attributes, "access.token.header.type.rfc9068", false);
    client.lower_case_bearer =
        read_text_flag(attributes, "token.response.type.bearer.lower-case", false);
    client.dpop_bound = read_text_flag(attributes, "dpop.bound.access.tokens", false);
    client.certificate_bound =
        read_text_flag(attributes, "tls.client.certificate.bound.access.tokens", false);
    client.introspect_any_audience =
        read_text_flag(attributes, "ALLOW_TOKEN_INTROSPECTION_WITHOUT_AUDIENCE_CHECK", false);
    client.access_token_lifespan = read_text_seconds(attributes, "access.token.lifespan");
    if (attributes.text("access.token.lifespan") == "-1") {
        client.access_token_lifespan = Seconds(-1);
        attributes.at("access.token.lifespan")
            .note("access tokens live as long as the session, as in Keycloak");
    }
    client.session_idle = read_text_seconds(attributes, "client.session.idle.timeout");
    client.session_max = read_text_seconds(attributes, "client.session.max.lifespan");
    client.offline_session_idle =
        read_text_seconds(attributes, "client.offline.session.idle.timeout");
    client.offline_session_max =
        read_text_seconds(attributes, "client.offline.session.max.lifespan");
    // claims/ reads it from the attributes.
    read_text_flag(attributes, "client.use.lightweight.access.token.enabled", false);
    client.access_token_algorithm =
        read_client_algorithm(attributes, "access.token.signed.response.alg", client);
    client.id_token_algorithm =
        read_client_algorithm(attributes, "id.token.signed.response.alg", client);
    if (attributes.text("user.info.response.signature.alg") != "none")
        client.userinfo_algorithm =
            read_client_algorithm(attributes, "user.info.response.signature.alg", client);
    client.introspection_algorithm =
        read_algorithm(attributes, "cambist.introspection.signed.response.alg", "");
    client.introspection_jwt_claim =
        read_text_flag(attributes, "client.introspection.response.allow.jwt.claim.enabled", false);
    client.id_token_encryption = read_encryption(attributes, "id.token.encrypted.response", client);
    client.userinfo_encryption =
        read_encryption(attributes, "user.info.encrypted.response", client);
    client.resource_url = attributes.text("resource_url");
    if (!client.resource_url.empty() && !is_resource_uri(client.resource_url))
        attributes.at("resource_url")
            .fault_unless_export("must be an absolute URI without a fragment (RFC 8707)", {},
                                 "no resource of this realm");
    static constexpr Word<AccessTokenFormat> kFormats[] = {{"jwt", AccessTokenFormat::kJwt},
                                                           {"opaque", AccessTokenFormat::kOpaque}};
    client.access_token_format =
        read_word(attributes, "cambist.access.token.format", kFormats, AccessTokenFormat::kJwt);
    static constexpr Word<bool> kSwitch[] = {
        {"on", true}, {"off", false}, {"true", true}, {"false", false}};
    client.diagnostics = read_word(attributes, "cambist.diagnostics", kSwitch, false);
}

bool is_jwk_set(const std::string& text) {
    const auto set = json::parse(text);
    if (!set) return false;
    const auto* keys = set->find("keys");
    return keys != nullptr && keys->is_array() && !keys->as_array().empty();
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

// The client's public keys, for its assertions and for what is encrypted to it.
void read_jwks(const Node& attributes, Client& client) {
    if (read_jwks_url(attributes, client)) return;
    client.jwks = attributes.text("jwks.string");
    if (!client.jwks.empty()) {
        if (!is_jwk_set(client.jwks))
            attributes.at("jwks.string")
                .fault_unless_export("is no JWK set: {\"keys\": [...]} as JSON text", {},
                                     "the client can not authenticate");
        return;
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

// The certificates that a key set shows (RFC 7517 section 4.7: the first of x5c is the key's own).
void read_certificates_of(const std::string& jwks, Client& client) {
    const auto set = json::parse(jwks);
    const auto* keys = set ? set->find("keys") : nullptr;
    if (keys == nullptr || !keys->is_array()) return;
    for (const auto& key : keys->as_array()) {
        const auto* chain = key.find("x5c");
        if (chain == nullptr || !chain->is_array() || chain->as_array().empty()) continue;
        const auto* first = chain->as_array().front().if_string();
        const auto der = first == nullptr ? Result<std::string>(fail(ErrorCode::kParse))
                                          : crypto::certificate_to_der(*first);
        if (der) client.x509_thumbprints.push_back(crypto::x5t_s256(*der));
    }
}

// RFC 8705 section 2: by the subject's name, as Keycloak has it; without one, by the certificates
// that are registered themselves.
void read_x509(const Node& attributes, Client& client) {
    client.authenticator = ClientAuthenticator::kX509;
    client.x509_subject_dn = attributes.text("x509.subjectdn");
    client.x509_subject_dn_is_pattern =
        read_text_flag(attributes, "x509.allow.regex.pattern.comparison", false);
    if (!client.x509_subject_dn.empty()) {
        if (client.x509_subject_dn_is_pattern) return;
        if (const auto name = crypto::parse_distinguished_name(client.x509_subject_dn); !name)
            attributes.at("x509.subjectdn")
                .fault_unless_export("is no name as of RFC 4514: " + name.error().hint,
                                     "write it as CN=...,OU=...,O=...",
                                     "the client can not authenticate");
        return;
    }
    read_certificates_of(attributes.text("jwks.string"), client);
    const auto certificate = attributes.text("jwt.credential.certificate");
    if (const auto der = crypto::certificate_to_der(certificate); !certificate.empty() && der)
        client.x509_thumbprints.push_back(crypto::x5t_s256(*der));
    if (client.x509_thumbprints.empty() && client.enabled)
        attributes.note(
            "the client has neither x509.subjectdn nor a certificate (x5c in "
            "jwks.string, or jwt.credential.certificate): it can not authenticate");
}

void check_hmac_secret(const Node& node, const Client& client) {
    const auto& algorithm = client.assertion_algorithm;
    const std::size_t least = algorithm == "HS512" ? 64 : algorithm == "HS384" ? 48 : 32;
    if (client.secret != nullptr && client.secret->expose().size() < least)
        node.at("secret").note("is too short: " + (algorithm.empty() ? "HS256" : algorithm) +
                               " needs " + std::to_string(least) +
                               " bytes (RFC 7518 section 3.2), so the client can not authenticate");
}

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

ClientKind read_kind(const Node& node) {
    const bool is_public = node.flag("publicClient", false);
    const bool is_bearer_only = node.flag("bearerOnly", false);
    if (is_public && is_bearer_only)
        node.at("bearerOnly").note("counts before publicClient: this client gets no tokens");
    if (is_bearer_only) return ClientKind::kBearerOnly;
    return is_public ? ClientKind::kPublic : ClientKind::kConfidential;
}

void read_flags(const Node& node, Client& client) {
    client.enabled = node.flag("enabled", true);
    client.kind = read_kind(node);
    client.protocol = node.text("protocol", "openid-connect");
    client.standard_flow = node.flag("standardFlowEnabled", false);
    client.implicit_flow = node.flag("implicitFlowEnabled", false);
    client.direct_access_grants = node.flag("directAccessGrantsEnabled", false);
    client.service_accounts = node.flag("serviceAccountsEnabled", false);
    client.consent_required = node.flag("consentRequired", false);
    client.full_scope_allowed = node.flag("fullScopeAllowed", false);
    client.not_before = node.number("notBefore", 0);
    if (client.service_accounts && !client.is_confidential())
        node.at("serviceAccountsEnabled").note("has no effect: only confidential clients have one");
    if (client.protocol != "openid-connect") {
        node.note(client.protocol == "saml"
                      ? "a SAML client: kept, but not served"
                      : "a client of " + quoted(client.protocol) + ": kept, but not served");
        client.unserved = "a client of " + quoted(client.protocol) + " asks for no tokens";
    }
}

}  // namespace

std::vector<MapperConfig> read_mappers(const Node& owner) {
    std::vector<MapperConfig> mappers;
    for (const auto& node : owner.list("protocolMappers")) {
        MapperConfig mapper;
        mapper.id = node.text("id");
        mapper.name = node.text("name");
        mapper.protocol = node.text("protocol", "openid-connect");
        mapper.type = node.text("protocolMapper");
        if (mapper.type.empty())
            node.fault("a mapper has no type", "add the key \"protocolMapper\"");
        check_mapper(node);
        mapper.config = node.text_map("config");
        mappers.push_back(std::move(mapper));
    }
    return mappers;
}

std::optional<Client> read_client(const Node& node) {
    Client client;
    client.client_id = ClientId(node.text("clientId"));
    if (client.client_id.empty()) {
        node.fault("a client has no clientId", "add the key \"clientId\"");
        return std::nullopt;
    }
    client.id = node.text("id");
    client.name = node.text("name");
    client.description = node.text("description");
    read_flags(node, client);
    read_authenticator(node, client);
    read_attributes(node.at("attributes"), client);
    if (client.authenticator == ClientAuthenticator::kJwt || client.id_token_encryption.is_on() ||
        client.userinfo_encryption.is_on())
        read_jwks(node.at("attributes"), client);
    client.root_url = node.text("rootUrl");
    client.base_url = node.text("baseUrl");
    for (const auto& [uri, at] : node.text_nodes("redirectUris"))
        if (uri.starts_with("urn:ietf:params:oauth:grant-type:"))
            at.fault_unless_export(
                "a grant type is no redirect URI: here it enables nothing",
                "remove it; to enable the exchange, set the attribute "
                "\"standard.token.exchange.enabled\" to \"true\", or name the client in a "
                "rule's requester",
                "it stays without effect");
    client.redirect_uris = node.texts("redirectUris");
    client.web_origins = node.texts("webOrigins");
    client.default_scopes = read_scope_names(node, "defaultClientScopes");
    client.optional_scopes = read_scope_names(node, "optionalClientScopes");
    client.mappers = read_mappers(node);
    check_pairwise(node, client);
    client.attributes = node.text_map("attributes");
    client.attributes.erase(std::string(kRotatedSecret));  // a Secret by now
    return client;
}

void read_scopes(const Node& realm, Realm& out) {
    Once once("client scope");
    for (const auto& node : realm.list("clientScopes")) {
        ClientScope scope;
        scope.name = node.text("name");
        if (scope.name.empty()) {
            node.fault("a client scope has no name", "add the key \"name\"");
            continue;
        }
        if (!once.is_new(node, "name", scope.name)) continue;
        const auto attributes = node.at("attributes");
        scope.id = node.text("id");
        scope.description = node.text("description");
        scope.protocol = node.text("protocol", "openid-connect");
        scope.include_in_token_scope = read_text_flag(attributes, "include.in.token.scope", true);
        scope.display_on_consent_screen =
            read_text_flag(attributes, "display.on.consent.screen", true);
        scope.mappers = read_mappers(node);
        scope.attributes = node.text_map("attributes");
        out.scopes.push_back(std::move(scope));
    }
    out.default_scopes = read_scope_names(realm, "defaultDefaultClientScopes");
    out.optional_scopes = read_scope_names(realm, "defaultOptionalClientScopes");
}

void read_clients(const Node& realm, Realm& out) {
    Once once("client");
    for (const auto& node : realm.list("clients")) {
        auto client = read_client(node);
        if (client && once.is_new(node, "clientId", client->client_id.text()))
            out.clients.push_back(*std::move(client));
    }
}

}  // namespace cambist::representation
