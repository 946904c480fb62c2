// SPDX-License-Identifier: Apache-2.0
// The rights that a realm gives, for those who review them.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "app/realm_files.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "json/value.h"
#include "policy/policy.h"
#include "policy/risk.h"
#include "policy/sentence.h"

namespace cambist::cli {
namespace {

struct Right {
    const Rule* rule = nullptr;
    std::size_t place = 0;  // in the realm
    std::vector<policy::RiskNote> risks;

    std::size_t faults() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(risks, [](const policy::RiskNote& risk) { return risk.fault; }));
    }
};

// What must be mended first, then by the number of risks; of equal ones in the realm's order.
bool is_riskier(const Right& a, const Right& b) {
    return std::tuple(b.faults(), b.risks.size(), a.place) <
           std::tuple(a.faults(), a.risks.size(), b.place);
}

// What is no rule, and lets somebody act or get tokens, or is what rules go by.
struct Beside {
    std::string sentence;
    std::string source;
};

struct Rights {
    std::vector<Right> permits;  // risk first
    std::vector<Beside> beside;
    std::vector<const Rule*> denials;
    std::vector<const Rule*> idle;  // disabled, or over
};

std::string name_of(const RelationEnd& end) {
    if (end.kind == EndKind::kGroup) return "whoever is in " + end.id;
    return end.kind == EndKind::kClient ? "the service of " + end.id : end.id;
}

std::string sentence_of(const Relation& relation) {
    std::string text = name_of(relation.actor) + " acts as " + relation.kind + " of " +
                       name_of(relation.subject) + " where a rule goes by that";
    if (!relation.scopes.empty()) text += ", with at most " + join(relation.scopes, ", ");
    if (!relation.audiences.empty()) text += ", for " + join(relation.audiences, ", ");
    if (relation.expires != 0) text += ", until " + to_iso8601(from_unix(relation.expires));
    return text + ".";
}

void add_switches(const Client& client, std::vector<Beside>& out) {
    const auto& id = client.client_id.text();
    const auto attribute = [&](const char* name) {
        const auto found = client.attributes.find(name);
        return found == client.attributes.end() ? std::string() : found->second;
    };
    if (attribute("oauth2.jwt.authorization.grant.enabled") == "true")
        out.push_back({id + " may have tokens for assertions of the issuers " +
                           attribute("oauth2.jwt.authorization.grant.idp") +
                           ", with its own client scopes.",
                       "client " + id + ", oauth2.jwt.authorization.grant.enabled"});
    for (const auto* scopes : {&client.default_scopes, &client.optional_scopes})
        for (const auto& scope : *scopes)
            if (scope == "delegation:user" || scope == "delegation:client")
                out.push_back({"users of " + id +
                                   " may name in their tokens who acts for them, a " +
                                   scope.substr(scope.find(':') + 1) + ".",
                               "client " + id + ", scope " + scope});
}

std::vector<Beside> beside_rules(const representation::RealmFile& file) {
    std::vector<Beside> out;
    for (const auto& client : file.realm.clients)
        if (client.enabled) add_switches(client, out);
    for (const auto& relation : file.relations.value_or(std::vector<Relation>()))
        out.push_back({sentence_of(relation), "relations"});
    return out;
}

Rights rights_of(const policy::Policy& policy, TimePoint now) {
    Rights rights;
    for (const Rule& rule : policy.rules()) {
        if (!rule.enabled || policy::has_expired(rule, now))
            rights.idle.push_back(&rule);
        else if (rule.effect == Effect::kDeny)
            rights.denials.push_back(&rule);
        else
            rights.permits.push_back(
                {.rule = &rule, .place = rights.permits.size(), .risks = policy::risks(rule, now)});
    }
    std::ranges::sort(rights.permits, is_riskier);
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
    json::Value beside = json::Value::array();
    for (const auto& one : rights.beside) {
        auto row = json::Value::object();
        beside.push(row.set("sentence", one.sentence).set("source", one.source));
    }
    json::Value out = json::Value::object();
    out.set("realm", realm).set("rights", std::move(permits)).set("beside", std::move(beside));
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
    if (!rights.beside.empty()) fmt::print("\nBeside the rules:\n");
    for (const auto& one : rights.beside)
        fmt::print("    {}\n        {}\n", one.sentence, one.source);
    print("Denied, whatever permits:", rights.denials);
    print("Without effect now (disabled, or the risk statement is over):", rights.idle);
}

}  // namespace

int report_access(const ReportOptions& options) {
    const auto file =
        app::read_realm({.file = options.realm, .user_files = {}}, app::Literals::kAllowed);
    if (!file) return complain(file.error());
    const auto policy = policy::Policy::compile(file->realm);
    Rights rights = rights_of(policy, SystemClock().now());
    rights.beside = beside_rules(*file);
    const std::string& realm = file->realm.name.text();
    if (options.json)
        fmt::print("{}\n", to_json(rights, realm).to_pretty_text());
    else
        print(rights, realm);
    return kDone;
}

}  // namespace cambist::cli
