// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway.h"

#include <chrono>

#include "gateway/at_end.h"
#include "gateway/refusal.h"
#include "gateway/request_rules.h"
#include "json/parse.h"
#include "json/value.h"

namespace cambist::gateway {
namespace {

constexpr std::string_view kOwnPath = "/gateway/";
constexpr std::string_view kSession = "__Host-cambist";
constexpr std::string_view kLogIn = "__Host-cambist-login";
constexpr std::size_t kLongestBody = 4096;

// RFC 6265bis: a cookie of this host alone, that no script reads and no other site brings along.
void set_cookie(http::Response& response, std::string_view name, std::string_view value,
                std::string_view age = {}) {
    std::string cookie(name);
    cookie.append("=").append(value).append("; Path=/; Secure; HttpOnly; SameSite=Strict");
    response.headers.emplace_back("Set-Cookie", cookie.append(age));
}

void drop_cookie(http::Response& response, std::string_view name) {
    set_cookie(response, name, "", "; Max-Age=0");
}

std::string session_cookie(const http::Request& request) {
    return cookie_of(request.headers("Cookie"), kSession);
}

// {"code": …}, and nothing else.
std::string code_of(const http::Request& request) {
    if (request.body().size() > kLongestBody) return {};
    const auto body = json::parse(request.body(), {}, json::Positions::kNone);
    if (!body || !body->is_object() || body->as_object().size() != 1) return {};
    const auto* code = body->find_string("code");
    return code == nullptr ? std::string() : *code;
}

}  // namespace

http::Response Gateway::answer(const http::Request& request) const {
    const auto path = request.path();
    const bool is_own = path.starts_with(kOwnPath);
    if (path == "/gateway/health" && request.method() == "GET")
        return json_answer(200, json::Value::object().set("status", "UP"));
    const auto* service = is_own ? nullptr : parts_.passing.service_of(path);
    if (!is_own && service == nullptr) return files_.answer(request);
    if (!is_of_the_app(request, parts_.settings.origin)) return render(Refusal::kNotFromTheApp);
    return service == nullptr ? own(request) : pass_on(request, *service);
}

http::Response Gateway::own(const http::Request& request) const {
    const auto name = request.path().substr(kOwnPath.size());
    const bool shows = name == "session";
    if (name != "start" && name != "login" && name != "logout" && !shows)
        return render(Refusal::kNotFound);
    if (request.method() != (shows ? "GET" : "POST")) return render(Refusal::kMethod);
    if (shows) return show_session(request);
    if (name == "start") return start();
    return name == "login" ? log_in(request) : log_out(request);
}

http::Response Gateway::start() const {
    const auto begun = parts_.log_ins.begin(parts_.clock.now());
    auto response = json_answer(200, json::Value::object()
                                         .set("code_challenge", begun.challenge)
                                         .set("code_challenge_method", "S256"));
    set_cookie(response, kLogIn, begun.cookie, "; Max-Age=600");
    return response;
}

// Anybody may try, so a slow server must not let those who try take all workers.
http::Response Gateway::log_in(const http::Request& request) const {
    const bool has_room = redeeming_.with([](std::size_t& count) {
        if (count == kMostRedeeming) return false;
        ++count;
        return true;
    });
    if (!has_room) return render(Refusal::kTooManyAtOnce);
    const AtEnd leave([this] { redeeming_.with([](std::size_t& count) { --count; }); });
    return redeem(request);
}

http::Response Gateway::redeem(const http::Request& request) const {
    const auto now = parts_.clock.now();
    const auto verifier =
        parts_.log_ins.verifier_of(cookie_of(request.headers("Cookie"), kLogIn), now);
    const auto code = code_of(request);
    if (!verifier || code.empty()) return render(Refusal::kNoLogInBegun);
    auto beginning = parts_.client.redeem(code, *verifier, now);
    if (!beginning) {
        const auto& error = beginning.error();
        parts_.log.warn("login_refused", {{"error", error.describe()}});
        const bool is_down =
            error.code == ErrorCode::kOutboundFailed || error.code == ErrorCode::kOutboundRefused;
        if (error.code == ErrorCode::kClientNotAuthenticated)
            return render(Refusal::kGatewayMisconfigured);
        return render(is_down ? Refusal::kServerFailed : Refusal::kLogInRefused);
    }
    // Whoever was logged in here before is not any more.
    if (const auto before = parts_.sessions.take(session_cookie(request))) leave(*before);
    auto response = json_answer(200, json::Value::object().set("user", beginning->user));
    set_cookie(response, kSession, parts_.sessions.begin(*std::move(beginning), now));
    drop_cookie(response, kLogIn);
    parts_.log.info("login");
    return response;
}

http::Response Gateway::log_out(const http::Request& request) const {
    bool is_told = true;
    if (const auto session = parts_.sessions.take(session_cookie(request))) {
        const auto done = parts_.tokens.log_out(*session);
        // Over already is over.
        is_told = done || done.error().code == ErrorCode::kSubjectTokenUnusable;
        if (!is_told) parts_.log.warn("logout_failed", {{"error", done.error().describe()}});
        parts_.log.info("logout");
    }
    auto response = json_answer(
        200, json::Value::object().set("loggedIn", false).set("endedAtServer", is_told));
    drop_cookie(response, kSession);
    return response;
}

http::Response Gateway::show_session(const http::Request& request) const {
    const auto session = parts_.sessions.find(session_cookie(request), parts_.clock.now(),
                                              Sessions::Use::kDoesNotCount);
    auto body = json::Value::object().set("loggedIn", session != nullptr);
    if (session != nullptr) body.set("user", session->user());
    return json_answer(200, body);
}

http::Response Gateway::pass_on(const http::Request& request, const Service& service) const {
    if (service.audience.empty()) return parts_.passing.pass(request, service, nullptr).response;
    const auto cookie = session_cookie(request);
    const auto session = parts_.sessions.find(cookie, parts_.clock.now());
    if (session == nullptr) return render(Refusal::kNotLoggedIn);
    auto passed = parts_.passing.pass(request, service, session.get());
    if (passed.session_is_over) {
        parts_.sessions.take(cookie);
        drop_cookie(passed.response, kSession);
    }
    return std::move(passed.response);
}

bool Gateway::leave(const Session& session) const {
    const auto done = parts_.tokens.drop(session);
    if (!done) parts_.log.warn("revocation_failed", {{"error", done.error().describe()}});
    return done.has_value();
}

// Not for long: whoever calls waits for signals too. Where the server can not be told now, it is
// tried again at the next turn; nobody has these tokens any more.
void Gateway::tidy() const {
    constexpr std::chrono::seconds kLongest{2};
    const auto begun = parts_.clock.now();
    auto ended = parts_.sessions.take_ended(begun);
    std::size_t told = 0;
    while (told < ended.size() && parts_.clock.now() - begun < kLongest && leave(*ended[told]))
        ++told;
    ended.erase(ended.begin(), ended.begin() + static_cast<std::ptrdiff_t>(told));
    parts_.sessions.give_back(std::move(ended));
}

}  // namespace cambist::gateway
