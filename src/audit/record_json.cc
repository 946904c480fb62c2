// SPDX-License-Identifier: Apache-2.0
#include "audit/record_json.h"

#include <chrono>

#include "json/parse.h"
#include "store/fields.h"

namespace cambist::audit {
namespace {

using store::FieldReader;
using store::write_field;
using store::write_list;

constexpr std::int64_t kVersion = 1;
// A request of 64 KiB can not give more, even when all of it is escaped.
constexpr json::Limits kRecordLimits{.max_depth = 8, .max_bytes = 4UL * 1024 * 1024};

// One row a member: the same table writes and reads, so that neither can forget one. The fields are
// visited in the order in which they are written.
template <class Record, class Visit>
void each_field(Record& record, Visit&& visit) {
    visit("durationUs", record.duration_us);
    visit("realm", record.realm);
    visit("grant", record.grant);
    visit("client", record.client);
    visit("clientMethod", record.client_method);
    visit("peer", record.peer);
    visit("subject", record.subject);
    visit("subjectName", record.subject_name);
    visit("subjectIssuer", record.subject_issuer);
    visit("subjectClient", record.subject_client);
    visit("actor", record.actor);
    visit("actorName", record.actor_name);
    visit("reason", record.reason);
    visit("ticket", record.ticket);
    visit("event", record.event);
    visit("requestedType", record.requested_type);
    visit("audiences", record.audiences);
    visit("resources", record.resources);
    visit("scopes", record.scopes);
    visit("error", record.error_code);
    visit("errorDetail", record.error_detail);
    visit("rules", record.rules);
    visit("policyVersion", record.policy_version);
    visit("grantedScopes", record.granted_scopes);
    visit("grantedAudience", record.granted_audience);
    visit("issuedType", record.issued_type);
    visit("issuedJti", record.issued_jti);
    visit("expiresAt", record.expires_at);
    visit("subjectTokenHash", record.subject_token_hash);
    visit("issuedTokenHash", record.issued_token_hash);
    visit("refreshTokenHash", record.refresh_token_hash);
    visit("xid", record.xid);
    visit("sid", record.sid);
    visit("act", record.act);
}

class FieldWriter {
  public:
    explicit FieldWriter(json::Writer& writer) : writer_(writer) {}
    void operator()(std::string_view name, const std::string& text) {
        write_field(writer_, name, text);
    }
    void operator()(std::string_view name, std::int64_t number) {
        write_field(writer_, name, number);
    }
    void operator()(std::string_view name, const std::vector<std::string>& texts) {
        write_list(writer_, name, texts);
    }

  private:
    json::Writer& writer_;
};

class FieldLoader {
  public:
    explicit FieldLoader(FieldReader& reader) : reader_(reader) {}
    void operator()(std::string_view name, std::string& text) { text = reader_.text(name); }
    void operator()(std::string_view name, std::int64_t& number) { number = reader_.number(name); }
    void operator()(std::string_view name, std::vector<std::string>& texts) {
        texts = reader_.list(name);
    }

  private:
    FieldReader& reader_;
};

void write_steps(json::Writer& writer, const std::vector<TraceStep>& steps) {
    if (steps.empty()) return;
    writer.key("steps").begin_array();
    for (const auto& step : steps) {
        writer.begin_object();
        write_field(writer, "stage", step.stage);
        writer.member("passed", step.passed);
        write_field(writer, "text", step.text);
        writer.end_object();
    }
    writer.end_array();
}

std::vector<TraceStep> read_steps(FieldReader& record) {
    std::vector<TraceStep> steps;
    const auto* array = record.find("steps", json::Kind::kArray);
    if (array == nullptr) return steps;
    for (const auto& element : array->as_array()) {
        FieldReader reader(element);
        steps.push_back({.stage = reader.text("stage"),
                         .passed = reader.required_flag("passed"),
                         .text = reader.text("text")});
        if (reader.is_broken()) record.set_broken();
    }
    return steps;
}

}  // namespace

std::string render_record(const AuditRecord& record) {
    std::string text;
    text.reserve(2048);
    json::Writer writer(text);
    writer.begin_object();
    writer.member("version", kVersion);
    write_field(writer, "trace", record.trace.text());
    writer.member("at", record.at.time_since_epoch().count());
    writer.member("issued", record.issued);
    each_field(record, FieldWriter(writer));
    write_steps(writer, record.steps);
    writer.end_object();
    return text;
}

Result<AuditRecord> parse_record(std::string_view body) {
    CAMBIST_TRY(const auto json, json::parse(body, kRecordLimits, json::Positions::kNone));
    if (!json.is_object()) return fail(ErrorCode::kParse, "an audit record is a JSON object");
    FieldReader reader(json);
    AuditRecord record;
    const std::int64_t version = reader.number("version");
    record.trace = TraceId(reader.text("trace"));
    record.at = TimePoint(std::chrono::microseconds(reader.number("at")));
    record.issued = reader.required_flag("issued");
    each_field(record, FieldLoader(reader));
    record.steps = read_steps(reader);
    if (reader.is_broken() || version < 1)
        return fail(ErrorCode::kParse,
                    "a member of the audit record is missing or of a wrong kind");
    return record;
}

store::AppendAudit append_operation(const AuditRecord& record) {
    return {.trace = record.trace.text(),
            .at_us = record.at.time_since_epoch().count(),
            .body = render_record(record)};
}

}  // namespace cambist::audit
