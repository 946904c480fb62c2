// SPDX-License-Identifier: Apache-2.0
#include "audit/explain.h"

#include <algorithm>

#include "audit/display.h"
#include "audit/record_json.h"
#include "base/error.h"
#include "base/error_advice.h"
#include "base/text.h"
#include "json/parse.h"
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

}  // namespace

std::string explain_text(const AuditRecord& record) {
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
    const auto client = record.client.empty() ? "unknown client" : mermaid_text(record.client);
    out += "    participant C as " + client + "\n    participant S as cambist\n";
    const auto target = target_of(record);
    out += "    C->>S: " + mermaid_text(record.grant) +
           (target.empty() ? "" : " for " + mermaid_text(target)) + '\n';
    for (const auto& step : record.steps)
        out += "    Note over S: " + std::string(step.passed ? "\u2713 " : "\u2717 ") +
               mermaid_text(step.stage) + " - " + mermaid_text(step.text) + '\n';
    if (record.issued) {
        out += "    S->>C: " + mermaid_text(record.issued_type) + " for " +
               mermaid_text(join(record.granted_audience, ", ")) + '\n';
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
