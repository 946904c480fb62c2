// SPDX-License-Identifier: Apache-2.0
#include "endpoints/form_request.h"

#include "base/text.h"
#include "clients/presented.h"
#include "endpoints/cors.h"
#include "exchange/parameters.h"
#include "exchange/secure.h"

namespace cambist::endpoints {

Caller caller_of(const http::Request& request) {
    Caller caller;
    caller.address = request.peer().address;
    caller.secure = request.peer().secure;
    caller.origin = request.header("Origin").value_or("");
    // Two of them are no credentials: joined, they can not be read as either.
    for (const auto value : request.headers("Authorization")) {
        if (!caller.authorization.empty()) caller.authorization += ", ";
        caller.authorization += value;
    }
    caller.certificates = request.peer().certificates;
    for (const auto value : request.headers("DPoP")) caller.dpop.emplace_back(value);
    return caller;
}

std::string_view content_type_of(const http::Request& request) {
    return request.count("Content-Type") == 1 ? *request.header("Content-Type")
                                              : std::string_view();
}

const Client* named_client(const http::Request& request, const Context& context,
                           const Caller& caller) {
    if (context.realm == nullptr) return nullptr;
    const auto form = Form::parse(request.body());
    if (!form) return nullptr;
    const auto id = clients::named_client(*form, caller);
    return id ? context.realm->realm->find_client(id->text()) : nullptr;
}

namespace {

bool is_foreign(const http::Request& request, std::string_view own_origin) {
    const auto origin = request.header("Origin");
    return origin && *origin != own_origin;
}

std::vector<http::Header> cors_headers(const http::Request& request, const Client* client,
                                       std::string_view own_origin) {
    if (client == nullptr || !is_foreign(request, own_origin)) return {};
    const auto origin = *request.header("Origin");
    return origin_is_allowed(*client, origin) ? allow_origin(origin) : std::vector<http::Header>();
}

}  // namespace

http::Response with_cors(const http::Request& request, const Client* client,
                         std::string_view own_origin,
                         const std::function<http::Response()>& answer) {
    auto response = answer();
    auto headers = cors_headers(request, client, own_origin);
    if (headers.empty()) add_cors_to_refusal(response, request, own_origin);
    for (auto& header : headers) response.headers.push_back(std::move(header));
    return response;
}

bool add_cors(http::Reply& reply, const http::Request& request, const Client* client,
              std::string_view own_origin) {
    auto headers = cors_headers(request, client, own_origin);
    for (auto& header : headers) reply.add_header(std::move(header));
    return !headers.empty();
}

void add_cors_to_refusal(http::Response& response, const http::Request& request,
                         std::string_view own_origin) {
    // 403 is what a known client's foreign script gets, and nobody else may look different.
    if (!is_foreign(request, own_origin) || response.status < 400 || response.status == 403) return;
    for (auto& header : allow_refusal(*request.header("Origin")))
        response.headers.push_back(std::move(header));
}

Status check_origin(std::string_view origin, const Client& client, std::string_view own_origin) {
    if (origin.empty() || origin == own_origin || origin_is_allowed(client, origin)) return {};
    return fail(ErrorCode::kOriginNotAllowed, "origin '" + printable(origin, 100) +
                                                  "' is not among the webOrigins of client '" +
                                                  client.client_id.text() + "'");
}

Result<FormRequest> open_form_request(const http::Request& request, const Context& context,
                                      const Services& services,
                                      std::initializer_list<std::string_view> read) {
    const auto& realm = *context.realm;
    if (!realm.realm->enabled) return fail(ErrorCode::kRealmDisabled);
    const auto caller = caller_of(request);
    if (!exchange::is_secure_enough(realm.realm->ssl_required, caller))
        return fail(ErrorCode::kHttpsRequired);
    if (request.query())
        return fail(ErrorCode::kMalformedRequest,
                    "parameters belong into the body; the query string is not read");
    const auto type = content_type_of(request);
    if (to_lower_ascii(trim(type.substr(0, type.find(';')))) != "application/x-www-form-urlencoded")
        return fail(ErrorCode::kContentTypeWrong);
    CAMBIST_TRY(auto form, Form::parse(request.body()));
    if (const auto repeated = form.find_repeated({}))
        return fail(ErrorCode::kDuplicateParameter,
                    "parameter '" + printable(*repeated, 60) + "' occurs more than once");
    CAMBIST_CHECK(exchange::check_small_form(form, read));
    CAMBIST_TRY(auto client, services.clients.authenticate(realm, form, caller, context.at));
    CAMBIST_CHECK(
        check_origin(request.header("Origin").value_or(""), client.client(), services.origin));
    const bool diagnostics = client.client().diagnostics && client.client().is_confidential();
    return FormRequest{std::move(form), std::move(client), diagnostics};
}

}  // namespace cambist::endpoints
