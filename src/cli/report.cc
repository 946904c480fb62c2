// SPDX-License-Identifier: Apache-2.0
// The rights that a realm gives, for those who review them.
#include <fmt/format.h>

#include <algorithm>

#include "app/realm_files.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "json/value.h"
#include "policy/policy.h"
#include "policy/risk.h"
#include "policy/sentence.h"

namespace cambist::cli {
namespace {

struct Right {
    const Rule* rule = nullptr;
    std::vector<policy::RiskNote> risks;

    std::size_t faults() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(risks, [](const policy::RiskNote& risk) { return risk.fault; }));
    }
};

// What must be mended first, then by the number of risks; of equal ones in the realm's order.
bool is_riskier(const Right& a, const Right& b) {
    return std::pair(a.faults(), a.risks.size()) > std::pair(b.faults(), b.risks.size());
}

struct Rights {
    std::vector<Right> permits;  // risk first
    std::vector<const Rule*> denials;
    std::vector<const Rule*> idle;  // disabled, or over
};

Rights rights_of(const policy::Policy& policy, TimePoint now) {
    Rights rights;
    for (const Rule& rule : policy.rules()) {
        if (!rule.enabled || policy::has_expired(rule, now))
            rights.idle.push_back(&rule);
        else if (rule.effect == Effect::kDeny)
            rights.denials.push_back(&rule);
        else
            rights.permits.push_back({.rule = &rule, .risks = policy::risks(rule, now)});
    }
    std::ranges::stable_sort(rights.permits, is_riskier);
    return rights;
}

json::Value to_json(const Rule& rule) {
    json::Value out = json::Value::object();
    out.set("id", rule.id.text()).set("owner", rule.owner).set("source", rule.source);
    out.set("mode", name_of(rule.result.mode)).set("sentence", policy::sentence(rule));
    if (rule.risk) out.set("reason", rule.risk->reason).set("expires", rule.risk->expires);
    return out;
}

json::Value to_json(const std::vector<const Rule*>& rules) {
    json::Value out = json::Value::array();
    for (const Rule* rule : rules) out.push(to_json(*rule));
    return out;
}

json::Value to_json(const Rights& rights, const std::string& realm) {
    json::Value permits = json::Value::array();
    for (const Right& right : rights.permits) {
        json::Value one = to_json(*right.rule);
        json::Value risks = json::Value::array();
        for (const auto& risk : right.risks) {
            json::Value row = json::Value::object();
            row.set("kind", policy::name_of(risk.kind)).set("text", risk.text);
            row.set("fault", risk.fault);
            risks.push(std::move(row));
        }
        one.set("risks", std::move(risks));
        permits.push(std::move(one));
    }
    json::Value out = json::Value::object();
    out.set("realm", realm).set("rights", std::move(permits));
    out.set("denials", to_json(rights.denials)).set("idle", to_json(rights.idle));
    return out;
}

void print(const Right& right) {
    const Rule& rule = *right.rule;
    fmt::print("\n{}\n    {}\n", policy::sentence(rule), rule.source);
    if (!rule.owner.empty()) fmt::print("    owner {}\n", rule.owner);
    if (rule.risk)
        fmt::print("    risk taken until {}: {}\n", rule.risk->expires, rule.risk->reason);
    for (const auto& risk : right.risks)
        fmt::print("    {} {}: {}\n", risk.fault ? "FAULT" : "risk", policy::name_of(risk.kind),
                   risk.text);
}

void print(std::string_view title, const std::vector<const Rule*>& rules) {
    if (rules.empty()) return;
    fmt::print("\n{}\n", title);
    for (const Rule* rule : rules)
        fmt::print("    {}: {}\n", rule->id.text(), policy::sentence(*rule));
}

void print(const Rights& rights, const std::string& realm) {
    const auto risky = std::ranges::count_if(
        rights.permits, [](const Right& right) { return !right.risks.empty(); });
    fmt::print("realm {}: {} rights, {} with a risk; {} denials\n", realm, rights.permits.size(),
               risky, rights.denials.size());
    for (const Right& right : rights.permits) print(right);
    print("Denied, whatever permits:", rights.denials);
    print("Without effect now (disabled, or the risk statement is over):", rights.idle);
}

}  // namespace

int report_access(const ReportOptions& options) {
    const auto file =
        app::read_realm({.file = options.realm, .user_files = {}}, app::Literals::kAllowed);
    if (!file) return complain(file.error());
    const auto policy = policy::Policy::compile(file->realm);
    const Rights rights = rights_of(policy, SystemClock().now());
    const std::string& realm = file->realm.name.text();
    if (options.json)
        fmt::print("{}\n", to_json(rights, realm).to_pretty_text());
    else
        print(rights, realm);
    return kDone;
}

}  // namespace cambist::cli
