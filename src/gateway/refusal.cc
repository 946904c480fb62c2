// SPDX-License-Identifier: Apache-2.0
#include "gateway/refusal.h"

#include <cstdlib>

namespace cambist::gateway {
namespace {

struct Row {
    int status;
    std::string_view name;
    std::string_view text;
};

// No default: a new Refusal must be placed here.
Row row_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::kNotFromTheApp:
            return {403, "not_from_the_app",
                    "Only scripts of the app itself may ask this: send the header "
                    "X-Cambist-Gateway: 1, from the app's own origin."};
        case Refusal::kNotFound:
            return {404, "not_found", "There is nothing here."};
        case Refusal::kMethod:
            return {405, "method_not_allowed", "This can not be asked with this method."};
        case Refusal::kPath:
            return {400, "path_not_plain",
                    "The path can be read in two ways: write it without empty segments, dot "
                    "segments and encoded slashes."};
        case Refusal::kNoLogInBegun:
            return {400, "no_login_begun",
                    "No log-in was begun by this browser in the last ten minutes: ask "
                    "/gateway/start first, and send the code as {\"code\": …}."};
        case Refusal::kLogInRefused:
            return {401, "login_refused",
                    "The code is not for a log-in that this browser began, was used before, or "
                    "is too old: begin again."};
        case Refusal::kNotLoggedIn:
            return {401, "not_logged_in", "There is no session, or it has ended: log in again."};
        case Refusal::kNoTokenForService:
            return {403, "no_token_for_this_service",
                    "The server gives this user no token for the service; the gateway's log says "
                    "why."};
        case Refusal::kServerFailed:
            return {503, "server_failed", "The token server can not be asked now: try again."};
        case Refusal::kGatewayMisconfigured:
            return {502, "gateway_misconfigured",
                    "The server does not take the gateway for its client; the gateway's log says "
                    "why."};
        case Refusal::kServiceFailed:
            return {502, "service_failed",
                    "The service gave no answer that can be passed on, in time; the gateway's log "
                    "says why."};
        case Refusal::kServiceShowsTokens:
            return {502, "service_shows_tokens",
                    "The service's answer holds a token of the session, so it was withheld."};
        case Refusal::kServiceBusy:
            return {503, "service_busy", "Too many requests wait for the service: try again."};
        case Refusal::kTooManyAtOnce:
            return {429, "too_many_at_once",
                    "Too many requests of this session, or log-ins, are under way."};
        case Refusal::kRequest:
            return {400, "request_not_passed_on",
                    "The request can not be written to the service as it is."};
    }
    std::abort();  // not a value of the enum: a bug, not an input
}

}  // namespace

http::Response json_answer(int status, const json::Value& body) {
    return {status,
            {{"Content-Type", "application/json"},
             {"Cache-Control", "no-store"},
             {"X-Content-Type-Options", "nosniff"}},
            body.to_text()};
}

http::Response render(Refusal refusal) {
    const auto row = row_of(refusal);
    auto response = json_answer(
        row.status,
        json::Value::object().set("error", row.name).set("error_description", row.text));
    if (row.status == 503 || row.status == 429) response.headers.emplace_back("Retry-After", "1");
    if (row.status == 405)
        response.headers.emplace_back("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE");
    return response;
}

}  // namespace cambist::gateway
