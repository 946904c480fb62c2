// SPDX-License-Identifier: Apache-2.0
#include "endpoints/endpoint.h"

namespace cambist::endpoints {

std::vector<Route> make_routes(const Services& services) {
    constexpr std::string_view kGet = "GET, HEAD, OPTIONS";
    constexpr std::string_view kPost = "POST, OPTIONS";
    std::vector<Route> routes;
    const auto add = [&](std::string_view path, std::string_view methods, Cors cors,
                         std::unique_ptr<Endpoint> endpoint, Place place = Place::kToken) {
        routes.push_back({path, methods, cors, std::move(endpoint), place});
    };
    add("/protocol/openid-connect/token", kPost, Cors::kByClient, make_token(services));
    add("/protocol/openid-connect/token/introspect", kPost, Cors::kNone, make_introspect(services),
        Place::kIntrospection);
    add("/protocol/openid-connect/userinfo", "GET, HEAD, POST, OPTIONS", Cors::kByClient,
        make_userinfo(services), Place::kUserinfo);
    add("/protocol/openid-connect/revoke", kPost, Cors::kByClient, make_revoke(services),
        Place::kRevocation);
    add("/protocol/openid-connect/logout", kPost, Cors::kByClient, make_logout(services));
    add("/account/grants", "GET, HEAD, POST, OPTIONS", Cors::kByClient,
        make_account_grants(services));
    add("/account/grants/*", "DELETE, OPTIONS", Cors::kByClient, make_account_grant(services));
    add("/account/api-keys", "GET, HEAD, POST, OPTIONS", Cors::kByClient,
        make_account_keys(services));
    add("/account/api-keys/*", "DELETE, OPTIONS", Cors::kByClient, make_account_key(services));
    add("/account/applications", kGet, Cors::kByClient, make_account_applications(services));
    add("/account/applications/*/consent", "GET, HEAD, PUT, POST, DELETE, OPTIONS", Cors::kByClient,
        make_account_consent(services));
    add("/account/sessions", kGet, Cors::kByClient, make_account_sessions(services));
    add("/account/sessions/*", "DELETE, OPTIONS", Cors::kByClient, make_account_session(services));
    add("/account/refresh-families/*", "DELETE, OPTIONS", Cors::kByClient,
        make_account_family(services));
    add("/protocol/openid-connect/certs", kGet, Cors::kAnyone, make_certs());
    add("/.well-known/openid-configuration", kGet, Cors::kAnyone, make_discovery(services));
    add("/.well-known/oauth-authorization-server", kGet, Cors::kAnyone, make_discovery(services));
    add("", kGet, Cors::kAnyone, make_realm_info());
    return routes;
}

}  // namespace cambist::endpoints
