// SPDX-License-Identifier: Apache-2.0
#include "audit/explain.h"

#include <algorithm>

#include "audit/display.h"
#include "audit/record_json.h"
#include "base/error.h"
#include "base/error_advice.h"
#include "base/text.h"
#include "json/parse.h"
#include "model/rule.h"
#include "store/fields.h"

namespace cambist::audit {
namespace {

constexpr std::size_t kLabelWidth = 12;

const ErrorRow* find_error(std::string_view id) {
    const auto rows = error_rows();
    const auto found = std::ranges::find(rows, id, &ErrorRow::id);
    return found == rows.end() ? nullptr : &*found;
}

void add_line(std::string& out, std::string_view label, std::string_view value) {
    if (value.empty()) return;
    out += "  ";
    out += label;
    out.append(kLabelWidth - std::min(kLabelWidth, label.size()), ' ');
    out += value;
    out += '\n';
}

// "user 4711 (ann)"
std::string with_name(const std::string& id, const std::string& name) {
    if (id.empty() || name.empty()) return display(id + name);
    return display(name) + " (" + display(id) + ")";
}

std::string subject_of(const AuditRecord& record) {
    std::string subject = with_name(record.subject, record.subject_name);
    if (subject.empty()) return {};
    if (!record.subject_issuer.empty() && record.subject_issuer != "self")
        subject += ", vouched for by " + display(record.subject_issuer);
    if (!record.subject_client.empty())
        subject += ", by a token of " + display(record.subject_client);
    return subject;
}

std::string client_of(const AuditRecord& record) {
    if (record.client.empty()) return "a client that did not prove who it is";
    std::string client = display(record.client);
    if (!record.client_method.empty()) client += " (" + display(record.client_method) + ")";
    return client;
}

std::string target_of(const AuditRecord& record) {
    std::vector<std::string> targets = record.audiences;
    targets.insert(targets.end(), record.resources.begin(), record.resources.end());
    return display(targets);
}

std::string actor_of(const AuditRecord& record) {
    if (record.actor_name.empty()) return display(record.actor);
    return display(record.actor_name) + " (" + display(record.actor) + ")";
}

// "revoke user: all tokens of the user ann"
std::string command_of(const AuditRecord& record) {
    if (record.steps.empty()) return {};
    return display(record.steps.front().stage) + ": " + display(record.steps.front().text);
}

std::string explain_command(const AuditRecord& record) {
    std::string out = "COMMAND " + display(record.trace.text()) + "\n\n";
    add_line(out, "when", to_iso8601(record.at) + ", realm " + display(record.realm));
    add_line(out, "by", display(record.peer) + ", at the command line");
    add_line(out, "did", command_of(record));
    return out;
}

void add_request(std::string& out, const AuditRecord& record) {
    add_line(out, "when",
             to_iso8601(record.at) + ", " + std::to_string(record.duration_us) + " us, realm " +
                 display(record.realm));
    add_line(out, "client", client_of(record));
    add_line(out, "from", display(record.peer));
    add_line(out, "asked",
             display(record.grant) +
                 (record.requested_type.empty() ? "" : " for " + display(record.requested_type)));
    add_line(out, "subject", subject_of(record));
    add_line(out, "actor", actor_of(record));
    add_line(out, "reason", display(record.reason));
    add_line(out, "ticket", display(record.ticket));
    add_line(out, "event", display(record.event));
    add_line(out, "target", target_of(record));
    add_line(out, "scopes", display(record.scopes));
}

void add_outcome(std::string& out, const AuditRecord& record) {
    add_line(out, "rules", display(record.rules));
    add_line(out, "policy", display(record.policy_version));
    if (record.issued) {
        add_line(out, "token",
                 display(record.issued_type) + " " + display(record.issued_jti) + ", until " +
                     to_iso8601(from_unix(record.expires_at)));
        add_line(out, "for", display(record.granted_audience));
        add_line(out, "with", display(record.granted_scopes));
        add_line(out, "acting", display(record.act));
        if (!record.refresh_token_hash.empty())
            add_line(out, "refresh", "a refresh token was given");
        add_line(out, "tree", display(record.xid));
        add_line(out, "session", display(record.sid));
        return;
    }
    const ErrorRow* row = find_error(record.error_code);
    add_line(out, "why", display(record.error_code) + (row ? " " + std::string(row->text) : ""));
    if (row && row->neutral != row->code)
        add_line(out, "told",
                 std::string(error_row(row->neutral).id) + " " +
                     std::string(error_row(row->neutral).text));
    add_line(out, "next", display(record.error_detail));
    if (row == nullptr) return;
    add_line(out, "do", std::string(advice_for(row->code)));
    add_line(out, "see", "docs/reference/errors.md#" + to_lower_ascii(row->id));
}

// Text inside a line of a Mermaid diagram: no character that its grammar gives a meaning.
std::string mermaid_text(std::string_view text) {
    std::string safe;
    for (const char character : display(text)) {
        const bool has_meaning = std::string_view("#;:<>{}\"`%\\").contains(character);
        if (!has_meaning) {
            safe += character;
            continue;
        }
        safe += '#';
        safe += std::to_string(static_cast<int>(character));
        safe += ';';
    }
    return safe;
}

// As the exchange noted it; empty: the subject stays, and nobody was added.
std::string_view mode_of(const AuditRecord& record) {
    const auto found = std::ranges::find(record.steps, "mode", &TraceStep::stage);
    return found == record.steps.end() ? std::string_view() : std::string_view(found->text);
}

bool is_switch(const AuditRecord& record) {
    return mode_of(record) == name_of(Mode::kSwitchSubject);
}

// Without a token of whoever acts: the requester becomes somebody by its own right.
bool is_naked(const AuditRecord& record) {
    return is_switch(record) && record.subject_token_hash.empty();
}

// A client acts on its own word: there is nobody beside it.
bool has_actor(const AuditRecord& record) {
    return !mode_of(record).empty() && !is_naked(record) && !record.actor.empty();
}

std::string subject_name(const AuditRecord& record) {
    return record.subject_name.empty() ? record.subject : record.subject_name;
}

std::string actor_name(const AuditRecord& record) {
    return record.actor_name.empty() ? record.actor : record.actor_name;
}

// What a grant is called in short: of a URN its last part.
std::string_view short_grant(std::string_view grant) { return grant.substr(grant.rfind(':') + 1); }

void add_participants(std::string& out, const AuditRecord& record) {
    if (has_actor(record)) out += "    actor A as " + mermaid_text(actor_name(record)) + '\n';
    if (!record.subject.empty())
        out += "    actor U as " + mermaid_text(subject_name(record)) + '\n';
    const auto client = record.client.empty() ? "unknown client" : mermaid_text(record.client);
    out += "    participant C as " + client + "\n    participant S as cambist\n";
}

// Whose tokens the client brings.
void add_evidence(std::string& out, const AuditRecord& record) {
    if (is_naked(record)) {
        out += "    Note over C: no subject token, asks by its own right\n";
        return;
    }
    if (record.subject_token_hash.empty() || record.subject.empty()) return;
    const auto held = record.subject_client.empty()
                          ? std::string()
                          : ", held by " + mermaid_text(record.subject_client);
    if (is_switch(record)) {
        out += "    A-)C: subject token" + held + '\n';
        return;
    }
    out += "    U-)C: subject token" + held + '\n';
    if (has_actor(record)) out += "    A-)C: actor token\n";
}

bool is_hidden(const AuditRecord& record) {
    const auto chain = json::parse(record.act, {}, json::Positions::kNone);
    const auto* hidden = chain ? chain->find("hidden") : nullptr;
    return hidden != nullptr && hidden->if_bool() == true;
}

void add_issue(std::string& out, const AuditRecord& record) {
    const bool is_code = record.issued_type == "handoff";
    out += "    S->>C: " +
           (is_code ? std::string("one-time code") : mermaid_text(record.issued_type)) + " for " +
           mermaid_text(join(record.granted_audience, ", ")) + '\n';
    if (has_actor(record) || is_naked(record))
        out += "    Note over " + std::string(is_naked(record) ? "C" : "A,C") + ": " +
               mermaid_text(actor_name(record)) + " acts for " +
               mermaid_text(subject_name(record)) +
               (is_hidden(record) ? ", the token does not say so" : "") + '\n';
    if (is_code) out += "    Note over C: hands the code to the app, which redeems it itself\n";
}

}  // namespace

std::string explain_text(const AuditRecord& record) {
    if (record.grant == kCommand) return explain_command(record);
    std::string out = record.issued ? "ISSUED  " : "REFUSED ";
    out += display(record.trace.text());
    out += "\n\n";
    add_request(out, record);
    out += '\n';
    for (const auto& step : record.steps) {
        out += step.passed ? "  \u2713 " : "  \u2717 ";
        const std::string stage = display(step.stage);
        out += stage;
        out.append(kLabelWidth - 2 - std::min(kLabelWidth - 3, stage.size()), ' ');
        out += display(step.text);
        out += '\n';
    }
    if (!record.steps.empty()) out += '\n';
    add_outcome(out, record);
    return out;
}

std::string explain_mermaid(const AuditRecord& record) {
    std::string out = "sequenceDiagram\n";
    if (record.grant == kCommand)
        return out + "    actor C as " + mermaid_text(record.peer) +
               "\n    participant S as cambist\n    C->>S: " + mermaid_text(command_of(record)) +
               '\n';
    add_participants(out, record);
    add_evidence(out, record);
    const auto target = target_of(record);
    out += "    C->>S: " + mermaid_text(short_grant(record.grant)) +
           (target.empty() ? "" : " for " + mermaid_text(target)) +
           (is_switch(record) ? ", to become " + mermaid_text(subject_name(record)) : "") + '\n';
    for (const auto& step : record.steps)
        out += "    Note over S: " + std::string(step.passed ? "\u2713 " : "\u2717 ") +
               mermaid_text(step.stage) + " - " + mermaid_text(step.text) + '\n';
    if (record.issued) {
        add_issue(out, record);
        return out;
    }
    const ErrorRow* row = find_error(record.error_code);
    out += "    S--xC: " + mermaid_text(record.error_code) +
           (row ? " " + mermaid_text(row->text) : "") + '\n';
    return out;
}

std::string explain_json(const AuditRecord& record) {
    auto json = json::parse(render_record(record), json::kConfigLimits, json::Positions::kNone);
    CAMBIST_ASSERT(json.has_value());  // what render_record writes can always be parsed
    if (const ErrorRow* row = find_error(record.error_code)) {
        json->set("errorText", json::Value(row->text));
        json->set("errorShown", json::Value(error_row(row->neutral).id));
        json->set("errorAdvice", json::Value(advice_for(row->code)));
    }
    json->set("time", json::Value(to_iso8601(record.at)));
    return json->to_pretty_text();
}

}  // namespace cambist::audit
