// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/files.h"
#include "claims/claims.h"
#include "cli/commands.h"
#include "json/value.h"
#include "policy/policy.h"
#include "policy/risk.h"
#include "policy/sentence.h"
#include "representation/lint.h"
#include "representation/realm_file.h"

namespace cambist::cli {
namespace {

struct RuleInWords {
    std::string id;
    std::string sentence;
    std::vector<std::string> risks;
};

// The rules of a sound realm file in words, those compiled from Keycloak's switches too.
// Mappers that can not work go to `mappers`.
std::vector<RuleInWords> rules_of(const std::string& text, const std::string& file,
                                  std::vector<std::string>& mappers) {
    representation::Options options;
    options.placeholder = [](std::string_view name) { return std::string(name); };
    options.read_file = [](const std::string&) { return Result<Secret>(Secret()); };
    const auto outcome = representation::read_realm_file(text, file, options);
    std::vector<RuleInWords> rules;
    if (!outcome.file) return rules;
    std::vector<claims::Note> notes;
    claims::RealmClaims::compile(std::make_shared<const Realm>(outcome.file->realm), notes);
    for (const auto& note : notes) mappers.push_back(note.where + ": " + note.text);
    const auto policy = policy::Policy::compile(outcome.file->realm);
    for (const auto& rule : policy.rules()) {
        rules.push_back({rule.id.text(), policy::sentence(rule), {}});
        for (const auto& risk : policy::risks(rule, SystemClock().now()))
            rules.back().risks.push_back(std::string(policy::name_of(risk.kind)) + ": " +
                                         risk.text);
    }
    return rules;
}

json::Value to_json(const representation::Finding& finding) {
    json::Value out = json::Value::object();
    out.set("severity", representation::name_of(finding.severity));
    out.set("file", finding.fault.file);
    out.set("line", finding.fault.line);
    out.set("column", finding.fault.column);
    out.set("path", finding.fault.path);
    out.set("message", finding.fault.message);
    if (!finding.fault.mend.empty()) out.set("mend", finding.fault.mend);
    return out;
}

json::Value to_json(const RuleInWords& rule) {
    json::Value out = json::Value::object();
    out.set("id", rule.id);
    out.set("sentence", rule.sentence);
    json::Value risks = json::Value::array();
    for (const auto& risk : rule.risks) risks.push(risk);
    out.set("risks", std::move(risks));
    return out;
}

// What was found in all files; without `json` it is printed as it comes.
struct Report {
    bool json = false;
    bool faulty = false;
    json::Value findings = json::Value::array();
    json::Value rules = json::Value::array();
    json::Value notes = json::Value::array();

    void add(const representation::Finding& finding) {
        faulty |= finding.severity == representation::Severity::kFault;
        findings.push(to_json(finding));
        if (!json) fmt::print("{}\n", representation::describe(finding));
    }
    void add_note(const std::string& file, const std::string& note) {
        notes.push(note);
        if (!json) fmt::print("{}: note: {}\n", file, note);
    }
    void add(const RuleInWords& rule) {
        rules.push(to_json(rule));
        if (json) return;
        fmt::print("rule {}: {}\n", rule.id, rule.sentence);
        for (const auto& risk : rule.risks) fmt::print("    risk {}\n", risk);
    }
};

void lint_file(const std::string& text, const std::string& file, Report& report) {
    const auto found = representation::lint(text, file);
    for (const auto& finding : found) report.add(finding);
    std::vector<std::string> mappers;
    const auto rules = rules_of(text, file, mappers);
    for (const auto& mapper : mappers) report.add_note(file, mapper);
    for (const auto& rule : rules) report.add(rule);
    if (!report.json && found.empty()) fmt::print("{}: nothing to complain about\n", file);
}

}  // namespace

int lint(const LintOptions& options) {
    Report report{.json = options.json};
    for (const auto& file : options.files) {
        const auto text = read_file(file);
        if (!text) return complain(text.error());
        lint_file(*text, file, report);
    }
    if (report.json) {
        json::Value out = json::Value::object();
        out.set("findings", std::move(report.findings));
        out.set("notes", std::move(report.notes));
        out.set("rules", std::move(report.rules));
        fmt::print("{}\n", out.to_pretty_text());
    }
    return report.faulty ? kRefused : kDone;
}

}  // namespace cambist::cli
