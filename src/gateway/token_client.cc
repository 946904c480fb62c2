// SPDX-License-Identifier: Apache-2.0
#include "gateway/token_client.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/base64url.h"
#include "base/text.h"
#include "json/parse.h"

namespace cambist::gateway {
namespace {

constexpr std::string_view kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kAccessToken = "urn:ietf:params:oauth:token-type:access_token";
constexpr std::string_view kHandOff = "urn:cambist:params:oauth:token-type:handoff";
constexpr std::chrono::seconds kPatience{5};
constexpr int kOk = 200;
constexpr int kMultipleChoices = 300;
constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;

// A token is not sent any more in the last tenth of its life, half a minute at most: it has to
// arrive, and be good while the service works.
constexpr std::int64_t kLongestSpare = 30;

// application/x-www-form-urlencoded: all but the unreserved characters as %XX.
void append_encoded(std::string& out, std::string_view text) {
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || std::string_view("-._~").contains(c);
        if (is_plain)
            out += c;
        else
            out.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
    }
}

std::string encoded(std::string_view text) {
    std::string out;
    append_encoded(out, text);
    return out;
}

std::string text_of(const json::Value& object, std::string_view name) {
    const auto* text = object.find_string(name);
    return text == nullptr ? std::string() : *text;
}

Held held(const std::string& text) {
    return text.empty() ? nullptr : std::make_shared<const Secret>(text);
}

Result<Token> token_of(const json::Value& answer, TimePoint now) {
    auto text = held(text_of(answer, "access_token"));
    const auto* seconds = answer.find("expires_in");
    const auto life = seconds == nullptr ? std::nullopt : seconds->if_int64();
    if (text == nullptr || !life || *life <= 0 || *life > 366LL * 24 * 3600)
        return fail(ErrorCode::kOutboundFailed,
                    "the server's answer has no access_token with its expires_in");
    const auto spare = std::min(*life / 10 + 1, kLongestSpare);
    return Token{.text = std::move(text), .until = to_unix(now) + *life - spare};
}

// Whose ID token it is. Nothing is verified: it comes from its issuer, over TLS (OpenID Connect
// Core section 3.1.3.7), and decides nothing but a name that is shown and whose limit counts.
void read_id_token(const json::Value& answer, Session::Beginning& beginning) {
    const auto text = text_of(answer, "id_token");
    const auto parts = split(text, '.');
    if (parts.size() != 3) return;
    const auto payload = base64url_decode(parts[1]);
    if (!payload) return;
    const auto claims = json::parse(*payload, {}, json::Positions::kNone);
    if (!claims) return;
    beginning.subject = text_of(*claims, "sub");
    beginning.user = text_of(*claims, "preferred_username");
    if (beginning.user.empty()) beginning.user = text_of(*claims, "name");
    if (beginning.user.empty()) beginning.user = beginning.subject;
}

// What the server says of a token that has ended, was revoked, or whose session was.
bool says_token_is_over(const json::Value& refusal) {
    return text_of(refusal, "error") == "invalid_grant" ||
           text_of(refusal, "error_code").starts_with("TX-STK-") ||
           text_of(refusal, "error_code").starts_with("TX-HOF-");
}

ErrorCode code_of(const json::Value& refusal) {
    if (says_token_is_over(refusal)) return ErrorCode::kSubjectTokenUnusable;
    const bool is_ours = text_of(refusal, "error") == "invalid_client";
    return is_ours ? ErrorCode::kClientNotAuthenticated : ErrorCode::kNoRule;
}

std::unexpected<Error> refused(const json::Value& refusal) {
    return fail(
        code_of(refusal),
        printable(text_of(refusal, "trace_id") + " " + text_of(refusal, "error") + " " +
                  text_of(refusal, "error_code") + ": " + text_of(refusal, "error_description")));
}

}  // namespace

Result<json::Value> TokenClient::post(std::string_view endpoint, const Form& form) const {
    std::string body;
    for (const auto& [name, value] : form) {
        if (!body.empty()) body += '&';
        body.append(name) += '=';
        append_encoded(body, value);
    }
    // RFC 6749 section 2.3.1: both are form-encoded first.
    const Secret authorization("Basic " + base64_encode(encoded(settings_.client) + ":" +
                                                        encoded(settings_.secret.expose())));
    outbound::Request request;
    const auto url = settings_.realm + "/protocol/openid-connect/" + std::string(endpoint);
    request.url = url;
    request.content_type = "application/x-www-form-urlencoded";
    request.body = body;
    request.authorization = &authorization;
    request.repeatable = false;
    request.timeout = kPatience;
    CAMBIST_TRY(const auto answer, http_.send(request));
    const auto status = std::to_string(answer.status);
    if (answer.status >= kServerError || answer.status == kTooManyRequests)
        return fail(ErrorCode::kOutboundFailed, "the server answered " + status);
    if (answer.status >= kOk && answer.status < kMultipleChoices && answer.body.empty())
        return json::Value::object();
    auto json = json::parse(answer.body, {}, json::Positions::kNone);
    if (!json || !json->is_object())
        return fail(ErrorCode::kOutboundFailed, "the server answered " + status + " without JSON");
    if (answer.status != kOk) return refused(*json);
    return json;
}

Result<Session::Beginning> TokenClient::redeem(std::string_view code, const Secret& verifier,
                                               TimePoint now) const {
    CAMBIST_TRY(const auto answer, post("token", {{"grant_type", kExchange},
                                                  {"subject_token", code},
                                                  {"subject_token_type", kHandOff},
                                                  {"code_verifier", verifier.expose()}}));
    Session::Beginning beginning;
    CAMBIST_TRY(beginning.access, token_of(answer, now));
    beginning.refresh = held(text_of(answer, "refresh_token"));
    read_id_token(answer, beginning);
    return beginning;
}

Result<TokenClient::Refreshed> TokenClient::refresh(const Secret& refresh_token,
                                                    TimePoint now) const {
    CAMBIST_TRY(const auto answer, post("token", {{"grant_type", "refresh_token"},
                                                  {"refresh_token", refresh_token.expose()}}));
    CAMBIST_TRY(auto access, token_of(answer, now));
    return Refreshed{.access = std::move(access),
                     .refresh = held(text_of(answer, "refresh_token"))};
}

Result<Token> TokenClient::exchange(const Secret& access_token, const Service& service,
                                    TimePoint now) const {
    Form form{{"grant_type", kExchange},
              {"subject_token", access_token.expose()},
              {"subject_token_type", kAccessToken},
              {"requested_token_type", kAccessToken},
              {"audience", service.audience}};
    if (!service.scope.empty()) form.emplace_back("scope", service.scope);
    CAMBIST_TRY(const auto answer, post("token", form));
    return token_of(answer, now);
}

Status TokenClient::log_out(const Secret& refresh_token) const {
    CAMBIST_CHECK(post("logout", {{"refresh_token", refresh_token.expose()}}));
    return {};
}

Status TokenClient::revoke(const Secret& token) const {
    CAMBIST_CHECK(post("revoke", {{"token", token.expose()}}));
    return {};
}

}  // namespace cambist::gateway
