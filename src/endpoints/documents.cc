// SPDX-License-Identifier: Apache-2.0
// The documents that anybody may read: discovery, keys, the realm itself.
#include <algorithm>
#include <set>

#include "clients/method.h"
#include "endpoints/endpoint.h"
#include "jose/algorithms.h"
#include "jose/encryption.h"
#include "json/writer.h"
#include "keys/ring.h"
#include "model/issuer.h"
#include "policy/policy.h"
#include "realms/key_policy.h"
#include "tokens/minter.h"

namespace cambist::endpoints {
namespace {

void list(json::Writer& out, std::string_view name, const std::vector<std::string_view>& values) {
    out.key(name).begin_array();
    for (const auto value : values) out.string(value);
    out.end_array();
}

// Which grants some client of the realm may use: what nobody may use is not announced.
std::vector<std::string_view> grants_of(const realms::Snapshot& realm) {
    bool service = false;
    bool password = false;
    bool refresh = false;
    for (const auto& client : realm.realm->clients) {
        if (!client.enabled) continue;
        service |= client.service_accounts;
        password |= client.direct_access_grants;
        refresh |= client.use_refresh_tokens &&
                   (client.direct_access_grants || client.client_credentials_refresh ||
                    client.exchange_refresh != ExchangeRefresh::kNo);
    }
    std::vector<std::string_view> grants;
    if (!realm.policy->rules().empty()) grants.push_back(name_of(GrantType::kTokenExchange));
    if (service) grants.push_back(name_of(GrantType::kClientCredentials));
    if (refresh) grants.push_back(name_of(GrantType::kRefreshToken));
    if (password) grants.push_back(name_of(GrantType::kPassword));
    const auto& issuers = realm.realm->issuers;
    const auto gives_grants = [&](bool saml) {
        return std::ranges::any_of(issuers, [&](const auto& issuer) {
            return issuer->enabled && issuer->unserved.empty() && issuer->uses.grant &&
                   (issuer->kind == IssuerKind::kSaml2) == saml;
        });
    };
    if (gives_grants(false)) grants.push_back(name_of(GrantType::kJwtBearer));
    if (gives_grants(true)) grants.push_back(name_of(GrantType::kSaml2Bearer));
    return grants;
}

// What client assertions may be signed with: all that we know, unless every client is pinned.
std::vector<std::string_view> assertion_algorithms(const Realm& realm) {
    std::set<std::string_view> pinned;
    for (const auto& client : realm.clients) {
        if (!client.enabled || client.authenticator != ClientAuthenticator::kJwt) continue;
        if (client.assertion_algorithm.empty()) {
            std::vector<std::string_view> all;
            for (const auto& row : jose::algorithms()) all.push_back(row.name);
            return all;
        }
        pinned.insert(client.assertion_algorithm);
    }
    return {pinned.begin(), pinned.end()};
}

struct AuthMethods {
    std::vector<std::string_view> confidential;
    std::vector<std::string_view> algorithms;  // of assertions
    bool has_public = false;
};
// What some client of the realm is registered for.
AuthMethods methods_of(const Realm& realm) {
    std::set<ClientAuthenticator> used;
    bool by_name = false;
    bool by_certificate = false;
    AuthMethods methods;
    for (const auto& client : realm.clients) {
        if (!client.enabled) continue;
        methods.has_public |= client.is_public();
        if (!client.is_confidential()) continue;
        used.insert(client.authenticator);
        if (client.authenticator != ClientAuthenticator::kX509) continue;
        const bool is_by_name = clients::tls_method_of(client) == ClientAuthMethod::kTlsClientAuth;
        (is_by_name ? by_name : by_certificate) = true;
    }
    const auto add = [&](ClientAuthMethod method) {
        methods.confidential.push_back(name_of(method));
    };
    if (by_name) add(ClientAuthMethod::kTlsClientAuth);
    if (by_certificate) add(ClientAuthMethod::kSelfSignedTlsClientAuth);
    if (used.contains(ClientAuthenticator::kJwt)) {
        add(ClientAuthMethod::kPrivateKeyJwt);
        methods.algorithms = assertion_algorithms(realm);
    }
    if (used.contains(ClientAuthenticator::kSecretJwt)) {
        add(ClientAuthMethod::kClientSecretJwt);
        for (const auto* name : {"HS256", "HS384", "HS512"}) methods.algorithms.emplace_back(name);
    }
    if (used.contains(ClientAuthenticator::kSecret)) {
        add(ClientAuthMethod::kClientSecretBasic);
        add(ClientAuthMethod::kClientSecretPost);
    }
    return methods;
}

// Discovery section 3 wants RS256 among those of ID tokens, whether the realm uses it or not.
std::vector<std::string_view> with_rs256(std::vector<std::string_view> algorithms) {
    constexpr std::string_view kMandatory = "RS256";
    if (std::ranges::find(algorithms, kMandatory) == algorithms.end())
        algorithms.push_back(kMandatory);
    return algorithms;
}

std::vector<std::string_view> scopes_of(const Realm& realm) {
    std::vector<std::string_view> scopes{"openid"};
    for (const auto& scope : realm.scopes)
        if (scope.protocol == "openid-connect" && scope.include_in_token_scope)
            scopes.push_back(scope.name);
    return scopes;
}

// OpenID Connect Native SSO: some client may come with the secret of a device.
bool takes_device_secrets(const realms::Snapshot& realm) {
    return std::ranges::any_of(realm.policy->rules(), [](const Rule& rule) {
        return rule.enabled && rule.effect == Effect::kPermit && rule.subject &&
               rule.subject->binding == Binding::kDeviceSecret;
    });
}

// RFC 9449 section 5.1.
std::vector<std::string_view> dpop_algorithms() {
    std::vector<std::string_view> names;
    for (const auto& row : jose::algorithms()) names.push_back(row.name);
    return names;
}

// Those a client calls: the ones that have an alias for mTLS (RFC 8705 section 5).
void write_called(json::Writer& out, const std::string& issuer) {
    const std::string base = issuer + "/protocol/openid-connect";
    out.member("token_endpoint", base + "/token");
    out.member("introspection_endpoint", base + "/token/introspect");
    out.member("userinfo_endpoint", base + "/userinfo");
    out.member("revocation_endpoint", base + "/revoke");
}

void write_endpoints(json::Writer& out, const std::string& issuer) {
    out.member("issuer", issuer);
    write_called(out, issuer);
    out.member("jwks_uri", issuer + "/protocol/openid-connect/certs");
}

// What a client's certificate is good for here (RFC 8705 sections 3.3 and 5).
void write_mtls(json::Writer& out, const realms::Snapshot& realm, const Services& services) {
    out.member("tls_client_certificate_bound_access_tokens", services.takes_certificates);
    const auto issuer = services.possession.mtls_issuer(realm.issuer);
    if (issuer.empty()) return;
    out.key("mtls_endpoint_aliases").begin_object();
    write_called(out, issuer);
    out.end_object();
}

void write_encryption(json::Writer& out, const std::string& what) {
    std::vector<std::string_view> alg;
    for (const auto& row : jose::key_managements()) alg.push_back(row.name);
    list(out, what + "_encryption_alg_values_supported", alg);
    std::vector<std::string_view> enc;
    for (const auto& row : jose::content_encryptions()) enc.push_back(row.name);
    list(out, what + "_encryption_enc_values_supported", enc);
}

// RFC 8414 section 2 and OpenID Connect Discovery section 3: one document for both addresses. There
// is no authorization endpoint, so there are no response types.
std::string render_discovery(const realms::Snapshot& realm, const Services& services) {
    const auto methods = methods_of(*realm.realm);
    auto with_public = methods.confidential;
    if (methods.has_public) with_public.push_back(name_of(ClientAuthMethod::kNone));
    const bool has_jwt = !methods.algorithms.empty();
    const auto own = realm.keys->active_algorithms();
    const std::vector<std::string_view> algorithms(own.begin(), own.end());
    std::string body;
    json::Writer out(body);
    out.begin_object();
    write_endpoints(out, realm.issuer);
    write_mtls(out, realm, services);
    if (takes_device_secrets(realm)) out.member("native_sso_supported", true);
    list(out, "grant_types_supported", grants_of(realm));
    list(out, "response_types_supported", {});
    list(out, "subject_types_supported", {"public"});
    list(out, "id_token_signing_alg_values_supported", with_rs256(algorithms));
    list(out, "userinfo_signing_alg_values_supported", algorithms);
    list(out, "introspection_signing_alg_values_supported", algorithms);
    write_encryption(out, "id_token");
    write_encryption(out, "userinfo");
    list(out, "token_endpoint_auth_methods_supported", with_public);
    if (has_jwt) list(out, "token_endpoint_auth_signing_alg_values_supported", methods.algorithms);
    list(out, "introspection_endpoint_auth_methods_supported", methods.confidential);
    if (has_jwt)
        list(out, "introspection_endpoint_auth_signing_alg_values_supported", methods.algorithms);
    list(out, "revocation_endpoint_auth_methods_supported", with_public);
    if (has_jwt)
        list(out, "revocation_endpoint_auth_signing_alg_values_supported", methods.algorithms);
    list(out, "dpop_signing_alg_values_supported", dpop_algorithms());
    list(out, "scopes_supported", scopes_of(*realm.realm));
    list(out, "claim_types_supported", {"normal"});
    list(out, "claims_supported",
         {"iss", "sub", "aud", "exp", "iat", "auth_time", "name", "given_name", "family_name",
          "preferred_username", "email", "acr"});
    out.member("claims_parameter_supported", false);
    out.member("request_parameter_supported", false);
    out.member("request_uri_parameter_supported", false);
    out.end_object();
    return body;
}

class Discovery final : public PlainEndpoint {
  public:
    explicit Discovery(const Services& services) : services_(services) {}
    http::Response handle(const http::Request& request, const Context& context) const override {
        return cacheable_json(request, render_discovery(*context.realm, services_));
    }

  private:
    const Services& services_;
};

class Certs final : public PlainEndpoint {
  public:
    http::Response handle(const http::Request& request, const Context& context) const override {
        // A new key is published for longer than any copy of the set may live.
        constexpr std::int64_t kLongest = 60;
        const auto publish = realms::key_policy_of(*context.realm->realm).publish;
        return cacheable_json(request, context.realm->keys->jwks(),
                              std::min(kLongest, publish / 2));
    }
};

// Keycloak's document at the realm's own address, read by its older adapters.
class RealmInfo final : public PlainEndpoint {
  public:
    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto& realm = *context.realm;
        std::string body;
        json::Writer out(body);
        out.begin_object();
        out.member("realm", realm.realm->name.text());
        out.member("public_key",
                   realm.keys->public_key_der_base64(realm.realm->signature_algorithm));
        out.member("token-service", realm.issuer + "/protocol/openid-connect");
        out.member("tokens-not-before", realm.realm->not_before);
        out.end_object();
        return cacheable_json(request, std::move(body));
    }
};

}  // namespace

std::unique_ptr<Endpoint> make_discovery(const Services& services) {
    return std::make_unique<Discovery>(services);
}
std::unique_ptr<Endpoint> make_certs() { return std::make_unique<Certs>(); }
std::unique_ptr<Endpoint> make_realm_info() { return std::make_unique<RealmInfo>(); }

}  // namespace cambist::endpoints
