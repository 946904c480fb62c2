// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/text.h"
#include "model/form.h"
#include "representation/mapper_kinds.h"
#include "representation/read_client.h"

namespace cambist::representation {

namespace {

std::vector<std::string> read_scope_names(const Node& owner, std::string_view key) {
    std::vector<std::string> names;
    for (const auto& [name, node] : owner.text_nodes(key)) {
        node.refer(Named::kScope, name);
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    return names;
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

bool read_text_flag(const Node& attributes, std::string_view key, bool otherwise) {
    const auto text = attributes.text(key);
    if (text.empty()) return otherwise;
    if (text == "true" || text == "false") return text == "true";
    attributes.at(key).fault_unless_export("must be \"true\" or \"false\", not " + quoted(text), {},
                                           "read as Keycloak does");
    return attributes.reading().is_export && to_lower_ascii(text) == "true";
}

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
