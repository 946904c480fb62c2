// SPDX-License-Identifier: Apache-2.0
#include "hooks/subject_hook.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64url.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "json/parse.h"
#include "json/writer.h"

namespace cambist::hooks {

namespace {

constexpr int kOk = 200;
constexpr std::int64_t kVersion = 1;
constexpr std::int64_t kLife = 60;  // seconds, of the token that we show
constexpr std::size_t kLongestReason = 200;

std::unexpected<Error> unanswered(std::string hint, std::string detail = {}) {
    return fail(ErrorCode::kHookUnanswered, std::move(hint), std::move(detail));
}

void write_list(json::Writer& out, std::string_view name, const std::vector<std::string>& list) {
    out.key(name).begin_array();
    for (const auto& one : list) out.string(one);
    out.end_array();
}

// Says who asks, what, and where: somebody who gets hold of it can ask nothing else with it.
std::string bearer_claims(const Asker& asker, const std::string& url,
                          const SubjectQuestion& question, std::string_view body) {
    std::string text;
    json::Writer out(text);
    out.begin_object()
        .member("iss", std::string(asker.issuer))
        .member("aud", url)
        .member("iat", question.at)
        .member("exp", question.at + kLife)
        .member("jti", question.id)
        .member("body_sha256", base64url_encode(crypto::sha256(body)))
        .end_object();
    return text;
}

std::string reason_of(const json::Value& answer) {
    const auto* reason = answer.find_string("reason");
    return reason == nullptr ? "it gave no reason" : printable(*reason, kLongestReason);
}

// A member that we do not know may be one that we would have to obey.
Status check_members(const json::Value& answer) {
    constexpr std::array<std::string_view, 4> kKnown{"version", "decision", "reason", "claims"};
    for (const auto& member : answer.as_object())
        if (std::ranges::find(kKnown, member.key) == kKnown.end())
            return unanswered("the hook's answer has the unknown member '" +
                              printable(member.key, 60) + "'");
    return {};
}

Result<json::Value> accepted(json::Value& answer) {
    auto* claims = answer.find("claims");
    if (claims == nullptr || !claims->is_object())
        return unanswered("the hook accepts the token and gives no 'claims'");
    const auto* subject = claims->find_string("sub");
    if (subject == nullptr || subject->empty())
        return unanswered("the hook accepts the token and its 'claims' name no 'sub'");
    return std::move(*claims);
}

}  // namespace

std::string render_question(const SubjectQuestion& question) {
    std::string text;
    json::Writer out(text);
    out.begin_object()
        .member("version", kVersion)
        .member("question", "subject_token")
        .member("id", question.id)
        .member("at", question.at)
        .member("realm", question.realm)
        .member("issuer", question.issuer)
        .member("token_type", question.token_type)
        .key("token")
        .string(question.token)
        .member("requester", question.requester);
    write_list(out, "audience", question.audiences);
    write_list(out, "resource", question.resources);
    write_list(out, "scope", question.scopes);
    out.end_object();
    return text;
}

Result<json::Value> read_subject_answer(const outbound::Answer& answer) {
    if (answer.status != kOk)
        return unanswered("the hook answered " + std::to_string(answer.status));
    if (answer.content_type != "application/json")
        return unanswered("the hook's answer is '" + printable(answer.content_type, 60) +
                          "', expected application/json");
    auto value = json::parse(answer.body, {}, json::Positions::kNone);
    if (!value) return unanswered("the hook's answer is no strict JSON", value.error().describe());
    if (!value->is_object()) return unanswered("the hook's answer is no JSON object");
    CAMBIST_CHECK(check_members(*value));
    const auto* version = value->find("version");
    if (version == nullptr || version->if_int64() != kVersion)
        return unanswered("the hook's answer is not of version 1");
    const auto* decision = value->find_string("decision");
    if (decision == nullptr) return unanswered("the hook's answer has no 'decision'");
    if (*decision == "accept") return accepted(*value);
    if (*decision == "invalid") return fail(ErrorCode::kHookInvalid, reason_of(*value));
    if (*decision == "deny") return fail(ErrorCode::kHookDenied, reason_of(*value));
    return unanswered("the hook's decision is none of accept, invalid, deny");
}

Result<json::Value> ask_subject_hook(const Asker& asker, const std::string& url,
                                     const SubjectQuestion& question) {
    if (!is_valid_utf8(question.token))
        return fail(ErrorCode::kHookInvalid, "a token that is no UTF-8 is not sent to a hook");
    const Secret body(render_question(question));
    CAMBIST_TRY(const auto bearer, asker.sign(bearer_claims(asker, url, question, body.expose())));
    const Secret authorization("Bearer " + bearer);
    outbound::Request request;
    request.url = url;
    request.content_type = "application/json";
    request.body = body.expose();
    request.authorization = &authorization;
    const auto answer = asker.remote.ask(request);
    if (!answer) return unanswered("the hook gave no answer", answer.error().describe());
    return read_subject_answer(*answer);
}

}  // namespace cambist::hooks
