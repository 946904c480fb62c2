// SPDX-License-Identifier: Apache-2.0
#include "gateway/passing.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "gateway/at_end.h"
#include "gateway/refusal.h"
#include "gateway/request_rules.h"

namespace cambist::gateway {
namespace {

constexpr std::array<std::string_view, 6> kMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
constexpr int kOk = 200;
constexpr int kUnauthorized = 401;

bool only_looks(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool shows(const outbound::Answer& answer, const Held& held) {
    if (held == nullptr || held->empty()) return false;
    const auto text = held->expose();
    return answer.body.contains(text) ||
           std::ranges::any_of(answer.headers, [&](const http::Header& header) {
               return header.second.contains(text);
           });
}

// A service that shows what it was called with would hand the token to the browser.
bool shows_any(const outbound::Answer& answer, const Session& session, const Held& token) {
    const auto [access, refresh] = session.holdings().with(
        [](const Holdings& holdings) { return std::pair(holdings.access.text, holdings.refresh); });
    return shows(answer, token) || shows(answer, access) || shows(answer, refresh);
}

Refusal refusal_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::kSubjectSessionEnded:
            return Refusal::kNotLoggedIn;
        case ErrorCode::kOverloaded:
            return Refusal::kTooManyAtOnce;
        case ErrorCode::kClientNotAuthenticated:
            return Refusal::kGatewayMisconfigured;
        case ErrorCode::kNoRule:
        case ErrorCode::kSubjectTokenUnusable:
            return Refusal::kNoTokenForService;
        default:  // the ways in which a call fails
            return Refusal::kServerFailed;
    }
}

// The rest of the path behind the service's own, which may stand without its last slash.
std::string url_of(const http::Request& request, const Service& service) {
    auto url = service.url;
    if (request.path().size() < service.path.size())
        url.pop_back();
    else
        url += request.path().substr(service.path.size());
    if (const auto query = request.query()) url.append("?").append(*query);
    return url;
}

}  // namespace

const Service* Passing::service_of(std::string_view path) const {
    const auto found = std::ranges::find_if(settings_.services, [&](const Service& service) {
        const std::string_view own = service.path;
        return path.starts_with(own) || path == own.substr(0, own.size() - 1);
    });
    return found == settings_.services.end() ? nullptr : &*found;
}

Passing::Passed Passing::pass(const http::Request& request, const Service& service,
                              const Session* session) const {
    if (std::ranges::find(kMethods, request.method()) == kMethods.end())
        return {render(Refusal::kMethod)};
    if (!is_plain_path(request.path())) return {render(Refusal::kPath)};
    if (only_looks(request.method()) && !request.body().empty()) return {render(Refusal::kRequest)};
    // Bounds for each service and each session: neither takes all that there is from the others.
    const bool has_room =
        under_way_.with([&](auto& under_way) { return ++under_way[&service] <= service.at_once; });
    const AtEnd leave([&] { under_way_.with([&](auto& under_way) { --under_way[&service]; }); });
    if (!has_room) return {render(Refusal::kServiceBusy)};
    if (session == nullptr) return call(request, service, nullptr);
    const auto& holdings = session->holdings();
    const bool is_moderate =
        holdings.with([&](Holdings& own) { return ++own.requests <= settings_.sessions.at_once; });
    const AtEnd go([&] { holdings.with([](Holdings& own) { --own.requests; }); });
    if (!is_moderate) return {render(Refusal::kTooManyAtOnce)};
    return call(request, service, session);
}

Passing::Passed Passing::call(const http::Request& request, const Service& service,
                              const Session* session) const {
    if (session == nullptr)
        return {respond(service, send(request, service, nullptr), nullptr, nullptr)};
    for (bool is_last = false;; is_last = true) {
        auto token = tokens_.find(*session, service);
        if (!token) {
            const auto refusal = refusal_of(token.error());
            log_.warn("no_token_for_service",
                      {{"audience", service.audience}, {"error", token.error().describe()}});
            return {render(refusal), refusal == Refusal::kNotLoggedIn};
        }
        auto answer = send(request, service, token->text);
        const bool is_refused = answer && answer->status == kUnauthorized;
        if (is_refused) tokens_.forget(*session, service, token->text);
        // The token may have been revoked since: once more with a new one, where that does no harm.
        if (is_refused && !is_last && token->freshness == ServiceTokens::Freshness::kKept &&
            only_looks(request.method()))
            continue;
        return {respond(service, std::move(answer), session, token->text)};
    }
}

Result<outbound::Answer> Passing::send(const http::Request& request, const Service& service,
                                       const Held& token) const {
    const auto url = url_of(request, service);
    const bool looks = only_looks(request.method());
    const bool has_body = !request.body().empty() || (!looks && request.method() != "DELETE");
    const Secret authorization(token == nullptr ? std::string()
                                                : "Bearer " + std::string(token->expose()));
    outbound::Request call;
    call.url = url;
    call.method = request.method();
    call.accept = request.header("Accept").value_or("*/*");
    if (has_body)
        call.content_type = request.header("Content-Type").value_or("application/octet-stream");
    call.body = request.body();
    call.authorization = token == nullptr ? nullptr : &authorization;
    call.repeatable = looks;
    call.timeout = service.timeout;
    call.headers = headers_for_service(request);
    return http_.send(call);
}

http::Response Passing::respond(const Service& service, Result<outbound::Answer> answer,
                                const Session* session, const Held& token) const {
    if (!answer || answer->status < kOk) {
        log_.warn("service_failed",
                  {{"url", service.url},
                   {"error", answer ? "an interim answer" : answer.error().describe()}});
        const bool is_ours = !answer && answer.error().code == ErrorCode::kOutboundRefused;
        return render(is_ours ? Refusal::kRequest : Refusal::kServiceFailed);
    }
    if (session != nullptr && shows_any(*answer, *session, token)) {
        log_.error("service_shows_tokens", {{"url", service.url}});
        return render(Refusal::kServiceShowsTokens);
    }
    return {answer->status, headers_for_browser(answer->headers, service.url, service.path),
            std::move(answer->body)};
}

}  // namespace cambist::gateway
