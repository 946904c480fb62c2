// SPDX-License-Identifier: Apache-2.0
#include "trust/questions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/base64url.h"
#include "base/text.h"
#include "json/parse.h"
#include "model/form.h"

namespace cambist::trust {

namespace {

constexpr int kOk = 200;
constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

std::unexpected<Error> unanswered(std::string hint, std::string detail = {}) {
    return fail(ErrorCode::kForeignTokenUnanswered, std::move(hint), std::move(detail));
}

// Whatever went wrong on the way, the token could not be checked, and so it is not taken.
std::unexpected<Error> unanswered(const std::string& what, const Error& error) {
    return unanswered(what + " gave no answer", error.describe());
}

Result<json::Value> read_object(const outbound::Answer& answer) {
    const bool is_json =
        answer.content_type == "application/json" || answer.content_type.ends_with("+json");
    if (!is_json)
        return unanswered("the answer is '" + printable(answer.content_type, 60) +
                          "', expected application/json");
    auto value = json::parse(answer.body, {}, json::Positions::kNone);
    if (!value) return unanswered("the answer is no strict JSON", value.error().describe());
    if (!value->is_object()) return unanswered("the answer is no JSON object");
    return *std::move(value);
}

// One form that is never copied more often than needed, since it holds a token.
Secret form_of(const std::vector<std::pair<std::string_view, std::string_view>>& fields,
               const Credentials& credentials) {
    std::string body;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!body.empty()) body += '&';
        body.append(name).append("=").append(form_encode(value));
    };
    for (const auto& [name, value] : fields) add(name, value);
    if (credentials.secret == nullptr || credentials.in_body) {
        add("client_id", credentials.client_id);
        if (credentials.secret != nullptr) add("client_secret", credentials.secret->expose());
    }
    Secret secret(body);
    body.assign(body.size(), '\0');
    return secret;
}

// RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
Secret basic(const Credentials& credentials) {
    if (credentials.secret == nullptr || credentials.in_body) return {};
    return Secret("Basic " + base64_encode(form_encode(credentials.client_id) + ":" +
                                           form_encode(credentials.secret->expose())));
}

Result<outbound::Answer> post(const Remote& remote, const std::string& url, const Secret& body,
                              const Secret& authorization, bool repeatable) {
    outbound::Request request;
    request.url = url;
    request.content_type = kForm;
    request.body = body.expose();
    request.authorization = authorization.empty() ? nullptr : &authorization;
    request.repeatable = repeatable;
    return remote.ask(request);
}

}  // namespace

Result<json::Value> read_introspection(const outbound::Answer& answer) {
    if (answer.status != kOk)
        return unanswered("the introspection endpoint answered " + std::to_string(answer.status) +
                          (answer.status == kUnauthorized ? ": it does not know our client" : ""));
    CAMBIST_TRY(auto members, read_object(answer));
    const auto* active = members.find("active");
    if (active == nullptr || !active->is_bool())
        return unanswered("the introspection answer has no boolean 'active'");
    if (!active->as_bool())
        return fail(ErrorCode::kForeignTokenInactive, "its issuer says that it is not active");
    return members;
}

Result<json::Value> read_userinfo(const outbound::Answer& answer) {
    if (answer.status == kUnauthorized || answer.status == kForbidden)
        return fail(ErrorCode::kForeignTokenInactive,
                    "the userinfo endpoint answered " + std::to_string(answer.status));
    if (answer.status != kOk)
        return unanswered("the userinfo endpoint answered " + std::to_string(answer.status));
    CAMBIST_TRY(auto members, read_object(answer));
    const auto* subject = members.find_string("sub");
    if (subject == nullptr || subject->empty())
        return unanswered("the userinfo answer has no 'sub'");
    return members;
}

Result<json::Value> read_token_answer(const outbound::Answer& answer) {
    if (answer.status == kBadRequest || answer.status == kUnauthorized) {
        CAMBIST_TRY(const auto members, read_object(answer));
        const auto* error = members.find_string("error");
        // Only this one speaks of the token; invalid_client, for one, speaks of us.
        if (error != nullptr && *error == "invalid_grant")
            return fail(ErrorCode::kForeignTokenInactive, "its issuer does not take it (any more)");
        return unanswered("the token endpoint answered " + std::to_string(answer.status) +
                          (error != nullptr ? " " + printable(*error, 60) : ""));
    }
    if (answer.status != kOk)
        return unanswered("the token endpoint answered " + std::to_string(answer.status));
    return read_object(answer);
}

Result<json::Value> introspect(const Remote& remote, const std::string& url,
                               const Credentials& credentials, std::string_view token) {
    const auto body = form_of({{"token", token}, {"token_type_hint", "access_token"}}, credentials);
    const auto answer = post(remote, url, body, basic(credentials), true);
    if (!answer) return unanswered("the introspection endpoint", answer.error());
    return read_introspection(*answer);
}

Result<json::Value> userinfo(const Remote& remote, const std::string& url, std::string_view token) {
    const bool fits = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7F; });
    if (!fits || token.empty())
        return fail(ErrorCode::kForeignTokenInactive, "the token is no RFC 6750 bearer token");
    const Secret authorization("Bearer " + std::string(token));
    outbound::Request request;
    request.url = url;
    request.authorization = &authorization;
    const auto answer = remote.ask(request);
    if (!answer) return unanswered("the userinfo endpoint", answer.error());
    return read_userinfo(*answer);
}

Result<json::Value> use_refresh_token(const Remote& remote, const std::string& url,
                                      const Credentials& credentials, std::string_view token) {
    const auto body =
        form_of({{"grant_type", "refresh_token"}, {"refresh_token", token}}, credentials);
    const auto answer = post(remote, url, body, basic(credentials), false);
    if (!answer) return unanswered("the token endpoint", answer.error());
    return read_token_answer(*answer);
}

}  // namespace cambist::trust
