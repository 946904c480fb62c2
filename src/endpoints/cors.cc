// SPDX-License-Identifier: Apache-2.0
#include "endpoints/cors.h"

#include "base/text.h"

namespace cambist::endpoints {
namespace {

// scheme "://" authority of an absolute URI; empty for anything else.
std::string_view origin_of(std::string_view uri) {
    const auto scheme = uri.find("://");
    if (scheme == std::string_view::npos) return {};
    return uri.substr(0, uri.find_first_of("/?#", scheme + 3));
}

}  // namespace

bool origin_is_allowed(const Client& client, std::string_view origin) {
    if (origin.empty() || origin == "null") return false;
    for (const auto& allowed : client.web_origins) {
        if (allowed == "*" || allowed == origin) return true;
        if (allowed != "+") continue;
        for (const auto& uri : client.redirect_uris) {
            // A relative redirect URI is relative to the client's root URL.
            const auto from = uri.starts_with('/') ? origin_of(client.root_url) : origin_of(uri);
            if (!from.empty() && from == origin) return true;
        }
    }
    return false;
}

std::vector<http::Header> allow_origin(std::string_view origin) {
    return {{"Access-Control-Allow-Origin", std::string(origin)},
            {"Access-Control-Allow-Credentials", "true"},
            {"Access-Control-Expose-Headers", "Cambist-Trace-Id, WWW-Authenticate, DPoP-Nonce"},
            {"Vary", "Origin"}};
}

http::Header any_origin() { return {"Access-Control-Allow-Origin", "*"}; }

void allow_any_origin(http::Response& response) {
    response.headers.push_back(any_origin());
    response.headers.emplace_back("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce");
}

std::vector<http::Header> allow_refusal(std::string_view origin) {
    // Scripts that send credentials can not read an answer to "*".
    return origin == "null" ? std::vector<http::Header>{any_origin()} : allow_origin(origin);
}

http::Response preflight(const http::Request& request, std::string_view methods) {
    http::Response response{204, {}, {}};
    const auto origin = request.header("Origin");
    response.headers.emplace_back("Allow", methods);
    response.headers.emplace_back("Vary", "Origin");
    if (!origin || !request.header("Access-Control-Request-Method")) return response;
    // What is reflected must be fit for a header; the parser has refused control characters.
    response.headers.emplace_back("Access-Control-Allow-Origin", *origin);
    response.headers.emplace_back("Access-Control-Allow-Credentials", "true");
    response.headers.emplace_back("Access-Control-Allow-Methods", methods);
    response.headers.emplace_back("Access-Control-Allow-Headers",
                                  "Authorization, Content-Type, Accept, DPoP, traceparent");
    response.headers.emplace_back("Access-Control-Max-Age", "3600");
    return response;
}

}  // namespace cambist::endpoints
