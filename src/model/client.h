// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "model/ids.h"
#include "model/role.h"

namespace cambist {

// RFC 6749 section 2.1; bearer-only is Keycloak's word for a client that only receives tokens.
enum class ClientKind : std::uint8_t { kConfidential, kPublic, kBearerOnly };

// How a client proved who it is (OpenID Connect Core section 9, RFC 8705 section 2).
enum class ClientAuthMethod : std::uint8_t {
    kNone,
    kClientSecretBasic,
    kClientSecretPost,
    kPrivateKeyJwt,
    kClientSecretJwt,
    kTlsClientAuth,
    kSelfSignedTlsClientAuth
};
std::string_view name_of(ClientAuthMethod method);
std::optional<ClientAuthMethod> find_client_auth_method(std::string_view name);

// Which credential the client is registered with: Keycloak's clientAuthenticatorType.
enum class ClientAuthenticator : std::uint8_t {
    kSecret,
    kJwt,
    kSecretJwt,
    kX509,
    kFederatedJwt  // with a token of a trusted issuer
};

// One protocol mapper as configured; claims/ compiles it.
struct MapperConfig {
    std::string id;
    std::string name;
    std::string protocol;
    std::string type;  // "oidc-audience-mapper"
    std::map<std::string, std::string> config;
};

// Keycloak's standard.token.exchange.enableRefreshRequestedTokenType.
enum class ExchangeRefresh : std::uint8_t { kNo, kSameSession };

// What the access tokens of a client look like: our attribute cambist.access.token.format. An
// opaque one says nothing; who may know asks at the introspection endpoint.
enum class AccessTokenFormat : std::uint8_t { kJwt, kOpaque };

// How an answer is encrypted to a client (RFC 7516, RFC 7518): the key management and the content
// encryption algorithm. Both empty: not at all.
struct ResponseEncryption {
    std::string alg;  // "RSA-OAEP-256"
    std::string enc;  // "A128GCM"

    bool is_on() const { return !alg.empty(); }
};

// A client as registered. A value; the realm snapshot owns it.
struct Client {
    std::string id;
    ClientId client_id;
    std::string name;
    std::string description;
    bool enabled = true;
    ClientKind kind = ClientKind::kConfidential;
    std::string protocol = "openid-connect";
    ClientAuthenticator authenticator = ClientAuthenticator::kSecret;
    std::shared_ptr<const Secret> secret;          // null: none is set
    std::int64_t secret_expires = 0;               // seconds since 1970; 0: never
    std::shared_ptr<const Secret> rotated_secret;  // the one before, good until it expires, or null
    std::int64_t rotated_secret_expires = 0;
    std::string jwks;      // inline JWK set (attribute jwks.string), or empty
    std::string jwks_url;  // where it publishes its keys (jwks.url); empty: nowhere we may ask

    std::string x509_subject_dn;                // RFC 4514, or a pattern; empty: self-signed ones
    bool x509_subject_dn_is_pattern = false;    // x509.allow.regex.pattern.comparison
    std::vector<std::string> x509_thumbprints;  // x5t#S256 of the registered certificates

    std::string federated_issuer;   // jwt.credential.issuer: alias of a trusted issuer
    std::string federated_subject;  // jwt.credential.sub: what its token must say in `sub`

    bool standard_flow = false;
    bool implicit_flow = false;
    bool direct_access_grants = false;
    bool service_accounts = false;
    bool consent_required = false;
    bool full_scope_allowed = false;
    bool standard_token_exchange = false;
    ExchangeRefresh exchange_refresh = ExchangeRefresh::kNo;
    bool use_refresh_tokens = true;
    bool client_credentials_refresh = false;
    bool rfc9068_header = false;     // access.token.header.type.rfc9068
    bool lower_case_bearer = false;  // token.response.type.bearer.lower-case
    bool dpop_bound = false;         // dpop.bound.access.tokens: no token without a proof
    bool certificate_bound = false;  // tls.client.certificate.bound.access.tokens
    bool introspect_any_audience = false;
    // client.introspection.response.allow.jwt.claim.enabled: Keycloak's `jwt` in the answer.
    bool introspection_jwt_claim = false;
    bool diagnostics = false;  // attribute cambist.diagnostics: hints in its error answers
    // What it is registered for and can not have here, so that it gets no token; empty: it is
    // served.
    std::string unserved;

    std::int64_t not_before = 0;
    std::optional<Seconds> access_token_lifespan;
    std::optional<Seconds> session_idle;
    std::optional<Seconds> session_max;
    std::optional<Seconds> offline_session_idle;
    std::optional<Seconds> offline_session_max;
    AccessTokenFormat access_token_format = AccessTokenFormat::kJwt;
    std::string access_token_algorithm;  // empty: the realm's
    std::string id_token_algorithm;
    std::string userinfo_algorithm;       // user.info.response.signature.alg; empty: plain JSON
    std::string introspection_algorithm;  // of RFC 9701 answers; empty: the realm's
    ResponseEncryption id_token_encryption;
    ResponseEncryption userinfo_encryption;
    std::string assertion_algorithm;  // token.endpoint.auth.signing.alg; empty: any allowed

    std::string root_url;
    std::string base_url;
    std::vector<std::string> redirect_uris;
    std::vector<std::string> web_origins;  // "+" = origins of the redirect URIs, "*" = all
    std::string resource_url;              // attribute resource_url: its RFC 8707 resource

    std::vector<std::string> default_scopes;
    std::vector<std::string> optional_scopes;
    std::vector<RoleRef> scope_mappings;  // the roles its tokens may hold unless full_scope_allowed
    std::vector<MapperConfig> mappers;
    std::map<std::string, std::string> attributes;

    bool is_public() const { return kind == ClientKind::kPublic; }
    bool is_confidential() const { return kind == ClientKind::kConfidential; }
};

// A client scope: mappers and roles that a client may have by default or on request.
struct ClientScope {
    std::string id;
    std::string name;
    std::string description;
    std::string protocol = "openid-connect";
    bool include_in_token_scope = true;
    bool display_on_consent_screen = true;
    std::vector<MapperConfig> mappers;
    std::vector<RoleRef> scope_mappings;
    std::map<std::string, std::string> attributes;

    // Asked for as "name:value" (Keycloak's dynamic scopes, and those of its delegation).
    bool is_parameterized() const;
};

}  // namespace cambist
