// SPDX-License-Identifier: Apache-2.0
#include "representation/lint.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>

#include "representation/objects.h"
#include "representation/placeholders.h"
#include "representation/read_parts.h"
#include "representation/shape.h"
#include "representation/source.h"

namespace cambist::representation {

namespace {

constexpr std::string_view kSwitch = "standard.token.exchange.enabled";
constexpr std::string_view kWrongSwitch = "oauth2.token.exchange.grant.enabled";

// What is served, but ought to be mended. The faults of its Reading are the risks.
class Risks {
  public:
    explicit Risks(const Node& root) : root_(root) {}

    void find_in_realm() {
        for (const auto& rule : root_.list("exchangeRules")) {
            if (rule.text("effect") == "deny") continue;
            for (auto& client : rule.at("requester").texts("clients"))
                requesters_.insert(std::move(client));
            check_rule(rule);
        }
        for (const auto& client : root_.list("clients")) check_client(client);
        for (const auto& user : root_.list("users")) check_user(user);
        for (const auto& key : root_.list("keys")) check_secret(key, "privateKey");
    }
    void check_client(const Node& client) const {
        check_redirects(client);
        check_flows(client);
        check_switches(client);
        check_secret(client, "secret");
        check_secret(client.at("attributes"), "client.secret.rotated");
        if (!is_exchanger(client)) return;
        for (const auto& [origin, at] : client.text_nodes("webOrigins"))
            if (origin == "*" || origin == "+")
                at.fault("lets scripts of " +
                             std::string(origin == "*" ? "any site" : "its redirect sites") +
                             " call the token endpoint, where a client that only exchanges "
                             "has no business in a browser",
                         "write webOrigins: []");
    }

  private:
    bool is_exchanger(const Node& client) const {
        const auto attributes = client.at("attributes");
        return attributes.text(kSwitch) == "true" || attributes.text(kWrongSwitch) == "true" ||
               requesters_.contains(client.text("clientId"));
    }
    static void check_redirects(const Node& client) {
        for (const auto& [uri, at] : client.text_nodes("redirectUris")) {
            if (uri == "*")
                at.fault("sends codes and tokens to any site that asks",
                         "name the exact URIs, or write redirectUris: [] if nobody logs in here");
        }
    }
    void check_flows(const Node& client) const {
        if (client.flag("directAccessGrantsEnabled", false))
            client.at("directAccessGrantsEnabled")
                .fault(
                    "the client sees its users' passwords (password grant), which is for "
                    "migration only",
                    "write false; by the recipe docs/recipes/spa-after-legacy-login.md a back "
                    "end that knows the user hands his log-in to the app");
        if (client.flag("implicitFlowEnabled", false))
            client.at("implicitFlowEnabled")
                .fault("the implicit flow puts tokens into URLs (RFC 9700 section 2.1.2)",
                       "write false");
        if (is_exchanger(client) && client.flag("standardFlowEnabled", false))
            client.at("standardFlowEnabled")
                .fault("a client that only exchanges tokens needs no log-in",
                       "write false, unless users log in to this client too");
    }
    static void check_switches(const Node& client) {
        const auto attributes = client.at("attributes");
        if (attributes.has(kWrongSwitch))
            attributes.at(kWrongSwitch)
                .fault("enables nothing: it is not the switch of token exchange",
                       "write \"" + std::string(kSwitch) + "\": \"true\"");
        if (attributes.text(kSwitch) == "true" && client.flag("publicClient", false))
            attributes.at(kSwitch).fault("a public client can not exchange by this switch",
                                         "make it confidential, or remove the switch");
    }
    static void check_secret(const Node& owner, std::string_view key) {
        const auto text = owner.text(key);
        if (text.empty() || text == kMaskedSecret || has_placeholder(text)) return;
        owner.at(key).fault("a secret in the file ends up wherever the file goes",
                            "write ${NAME} and set the environment variable");
    }
    static void check_user(const Node& user) {
        for (const auto& credential : user.list("credentials")) check_secret(credential, "value");
    }
    static void check_any(const Node& selector, std::string_view who) {
        if (selector.flag("any", false))
            selector.at("any").fault("selects every " + std::string(who),
                                     "name clients, groups or roles");
    }
    static void check_rule(const Node& rule) {
        check_any(rule.at("requester"), "client");
        const auto subject = rule.at("subject");
        check_any(subject.at("users"), "user");
        const auto binding = subject.text("binding");
        if (binding == "any")
            subject.at("binding").fault("whoever gets hold of a token may exchange it",
                                        "write audience");
        else if (binding == "azp")
            subject.at("binding").fault(
                "weaker than audience: the requester may exchange tokens that were not sent to it",
                "write audience if the token names the requester");
        const auto result = rule.at("result");
        check_flag(subject, "naked", "switches to a user without any token of his");
        check_flag(result.at("scopes"), "beyondSubject", "grants more than the subject token has");
        check_flag(result, "hideActor", "the token does not show who acts");
        if (result.has("extendTo"))
            result.at("extendTo").fault("the token may outlive the subject token");
        if (result.text("refresh") == "offline" || result.at("refresh").text("kind") == "offline")
            result.at("refresh").fault("outlives the log-in");
    }
    static void check_flag(const Node& owner, std::string_view key, std::string text) {
        if (owner.flag(key, false)) owner.at(key).fault(std::move(text));
    }

    Node root_;
    std::set<std::string> requesters_;
};

void add(std::vector<Finding>& findings, Severity severity, std::vector<Fault> faults) {
    for (auto& fault : faults)
        findings.push_back({.severity = severity, .fault = std::move(fault)});
}

void add_notes(std::vector<Finding>& findings, const std::string& file,
               const std::vector<Note>& notes) {
    auto summary = summarize(notes);
    for (auto& kept : summary.kept) {
        Fault of_file;
        of_file.file = file;
        of_file.message = std::move(kept);
        findings.push_back({.severity = Severity::kNote, .fault = std::move(of_file)});
    }
    for (const auto& note : notes) {
        if (note.kind == NoteKind::kKept) continue;
        auto text = note.text;
        if (note.count > 1) text += " (" + std::to_string(note.count) + " times)";
        const auto severity = note.kind == NoteKind::kRisk ? Severity::kRisk : Severity::kNote;
        findings.push_back({.severity = severity,
                            .fault = {.file = file,
                                      .line = note.position.line,
                                      .column = note.position.column,
                                      .path = note.path,
                                      .message = std::move(text),
                                      .mend = {}}});
    }
}

Options lint_options() {
    Options options;
    options.read_files = false;
    options.placeholder = [](std::string_view name) {
        return std::optional("${" + std::string(name) + "}");
    };
    return options;
}

bool is_lone_client(const json::Value& value) {
    return value.find("clientId") != nullptr && value.find("realm") == nullptr &&
           value.find("clients") == nullptr;
}

// A client as a guide shows it: names of the realm can not be looked up.
void lint_client(json::Value value, Reading& reading, std::vector<Finding>& findings,
                 const std::string& file) {
    check_shape(value, kClientShape, {}, reading);
    read_client(Node(&value, {}, reading));
    Reading risks(file, reading.options);
    const Node root(&value, {}, risks);
    Risks(root).check_client(root);
    add(findings, Severity::kRisk, risks.take_faults());
    add_notes(findings, file, reading.take_notes());
}

}  // namespace

std::string_view name_of(Severity severity) {
    switch (severity) {
        case Severity::kFault:
            return "fault";
        case Severity::kRisk:
            return "risk";
        case Severity::kNote:
            return "note";
    }
    std::abort();
}

std::string describe(const Finding& finding) {
    auto fault = finding.fault;
    const auto path = fault.path.empty() ? std::string() : fault.path + ": ";
    fault.message = std::string(name_of(finding.severity)) + ": " + path + fault.message;
    fault.path.clear();
    return describe(fault);
}

std::vector<Finding> lint(std::string_view text, const std::string& file_name) {
    std::vector<Finding> findings;
    const auto options = lint_options();
    Reading reading(file_name, options);
    auto value = parse_source(text, file_name, reading);
    if (value && is_lone_client(*value)) {
        lint_client(*std::move(value), reading, findings, file_name);
        add(findings, Severity::kFault, reading.take_faults());
    } else {
        auto outcome = read_realm_file(text, file_name, options);
        add(findings, Severity::kFault, std::move(outcome.faults));
        if (outcome.file) add_notes(findings, file_name, outcome.file->report);
        if (value) {
            Reading risks(file_name, options);
            Risks(Node(&*value, {}, risks)).find_in_realm();
            add(findings, Severity::kRisk, risks.take_faults());
        }
    }
    std::ranges::sort(findings, [](const Finding& a, const Finding& b) {
        return std::tie(a.fault.line, a.fault.column, a.severity, a.fault.path, a.fault.message) <
               std::tie(b.fault.line, b.fault.column, b.severity, b.fault.path, b.fault.message);
    });
    return findings;
}

}  // namespace cambist::representation
