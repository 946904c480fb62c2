// SPDX-License-Identifier: Apache-2.0
#include "exchange/simulate.h"

#include <fmt/format.h>

#include <charconv>

#include "app/realm_files.h"
#include "base/error_advice.h"
#include "base/text.h"
#include "cli/commands.h"
#include "json/value.h"
#include "representation/durations.h"

namespace cambist::cli {
namespace {

// A date is its beginning, 00:00 UTC.
std::optional<std::int64_t> parse_time(const std::string& text) {
    std::int64_t seconds = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, seconds);
    if (read.ec == std::errc() && read.ptr == end) return seconds;
    constexpr std::size_t kDateSize = 10;
    constexpr std::int64_t kDay = 24LL * 3600;
    const auto time = representation::parse_end_date(text);
    if (time && text.size() == kDateSize) return *time - kDay;
    return time;
}

// By its URN, or as rules write it.
std::optional<TokenType> parse_type(const std::string& text) {
    const auto type = find_token_type(text);
    return type ? type : find_token_type_by_short_name(text);
}

Result<exchange::Hypothesis> hypothesis_of(const SimulateOptions& options) {
    exchange::Hypothesis out;
    out.requester = options.requester;
    const auto method = find_client_auth_method(options.method);
    if (!method) return fail(ErrorCode::kConfigInvalid, "unknown --auth-method");
    out.method = *method;
    const bool has_both = !options.subject_token.empty() && !options.subject.empty();
    const bool has_none = options.subject_token.empty() && options.subject.empty();
    if (has_both || (has_none && options.requested_subject.empty()))
        return fail(ErrorCode::kConfigInvalid,
                    "give one of --subject-token and --subject, or --requested-subject alone");
    if (!options.actor_token.empty() && !options.actor.empty())
        return fail(ErrorCode::kConfigInvalid, "give one of --actor-token and --actor");
    const bool has_actor = !options.actor_token.empty() || !options.actor.empty();
    if (has_actor && !options.requested_subject.empty())
        return fail(ErrorCode::kConfigInvalid,
                    "an actor and --requested-subject exclude each other: whose subject token it "
                    "is acts");
    out.actor_token = options.actor_token;
    out.actor = to_lower_ascii(options.actor);
    out.requested_subject = options.requested_subject;
    out.wanted.organization = options.organization;
    out.subject_token = options.subject_token;
    out.subject = options.subject;
    out.subject_audience = options.subject_audiences;
    out.subject_client = options.subject_client;
    out.subject_keys = {.jkt = options.subject_key, .x5t_s256 = options.subject_certificate};
    out.proven = {.jkt = options.proven_key, .x5t_s256 = options.proven_certificate};
    out.wanted.audiences = options.audiences;
    out.wanted.resources = options.resources;
    for (auto [text, into] : {std::pair(&options.scope, &out.wanted.scopes),
                              std::pair(&options.subject_scope, &out.subject_scopes)}) {
        if (text->empty()) continue;
        auto scopes = parse_scope(*text);
        if (!scopes) return fail(ErrorCode::kScopeMalformed, *text);
        *into = *std::move(scopes);
    }
    out.wanted.has_scope = !options.scope.empty();
    if (!options.requested_token_type.empty()) {
        out.wanted.token_type = parse_type(options.requested_token_type);
        if (!out.wanted.token_type) return fail(ErrorCode::kRequestedTypeUnsupported);
    }
    if (!options.subject_token_type.empty()) {
        out.subject_token_type = parse_type(options.subject_token_type);
        if (!out.subject_token_type) return fail(ErrorCode::kSubjectTypeUnsupported);
    }
    out.at = SystemClock().now();
    if (!options.at.empty()) {
        const auto seconds = parse_time(options.at);
        if (!seconds)
            return fail(ErrorCode::kConfigInvalid,
                        "--at must be seconds since 1970, a date such as 2027-06-30, or a time "
                        "such as 2027-06-30T12:00:00Z");
        out.at = from_unix(*seconds);
    }
    return out;
}

json::Value strings(const std::vector<std::string>& values) {
    json::Value out = json::Value::array();
    for (const auto& value : values) out.push(value);
    return out;
}

json::Value to_json(const exchange::Simulation& simulation) {
    json::Value out = json::Value::object();
    out.set("permitted", simulation.plan.has_value());
    out.set("subject", simulation.subject);
    if (!simulation.actor.empty()) out.set("actor", simulation.actor);
    if (const auto& refusal = simulation.decision.refusal) {
        out.set("error_code", error_row(refusal->code).id);
        out.set("text", refusal->text());
        out.set("hint", refusal->hint);
        out.set("detail", refusal->detail);
        out.set("advice", advice_for(refusal->code));
    }
    if (simulation.plan) {
        out.set("audience", strings(simulation.plan->audience));
        out.set("scopes", strings(simulation.plan->scopes));
        out.set("expires_at", simulation.plan->expires_at);
        if (!simulation.plan->cnf.empty()) out.set("cnf", to_json(simulation.plan->cnf));
        out.set("rules", strings(simulation.sentences));
    }
    json::Value steps = json::Value::array();
    for (const auto& step : simulation.decision.steps) {
        json::Value row = json::Value::object();
        row.set("stage", step.stage);
        row.set("passed", step.passed);
        row.set("text", step.text);
        steps.push(std::move(row));
    }
    out.set("steps", std::move(steps));
    json::Value reasons = json::Value::array();
    for (const auto& reason : simulation.decision.reasons) {
        json::Value row = json::Value::object();
        row.set("rule", reason.rule.text());
        row.set("applies", reason.applies);
        row.set("text", reason.text);
        reasons.push(std::move(row));
    }
    out.set("reasons", std::move(reasons));
    return out;
}

void print(const exchange::Simulation& simulation, std::int64_t now) {
    for (const auto& step : simulation.decision.steps)
        fmt::print("{} {}: {}\n", step.passed ? "ok  " : "STOP", step.stage, step.text);
    for (const auto& reason : simulation.decision.reasons)
        fmt::print("     rule {} {}: {}\n", reason.rule.text(),
                   reason.applies ? "applies" : "does not apply", reason.text);
    if (const auto& refusal = simulation.decision.refusal) {
        fmt::print("refused: {} {}\n", error_row(refusal->code).id, refusal->text());
        for (const auto& more : {refusal->hint, refusal->detail})
            if (!more.empty()) fmt::print("         {}\n", more);
        fmt::print("         {}\n", advice_for(refusal->code));
        fmt::print("         docs/reference/errors.md#{}\n",
                   to_lower_ascii(error_row(refusal->code).id));
        return;
    }
    const auto& plan = *simulation.plan;
    if (!simulation.actor.empty())
        fmt::print("about {}; {} acts\n", simulation.subject, simulation.actor);
    fmt::print("permitted: audience {}; scope {}; for {} seconds\n", join(plan.audience, " "),
               plan.scopes.empty() ? "none" : join(plan.scopes, " "), plan.expires_at - now);
    if (!plan.cnf.jkt.empty()) fmt::print("bound to DPoP key {}\n", plan.cnf.jkt);
    if (!plan.cnf.x5t_s256.empty()) fmt::print("bound to TLS certificate {}\n", plan.cnf.x5t_s256);
    for (const auto& sentence : simulation.sentences) fmt::print("by the rule: {}\n", sentence);
}

}  // namespace

int simulate(const SimulateOptions& options) {
    const auto hypothesis = hypothesis_of(options);
    if (!hypothesis) {
        complain(hypothesis.error());
        return kWrongUse;
    }
    auto file = app::read_realm({.file = options.realm, .user_files = {}}, app::Literals::kAllowed);
    if (!file) return complain(file.error());
    const auto simulation = exchange::simulate(
        std::make_shared<const Realm>(std::move(file->realm)), file->users, *hypothesis);
    if (!simulation) return complain(simulation.error());
    if (options.json)
        fmt::print("{}\n", to_json(*simulation).to_pretty_text());
    else
        print(*simulation, to_unix(hypothesis->at));
    return simulation->plan ? kDone : kRefused;
}

}  // namespace cambist::cli
