// SPDX-License-Identifier: Apache-2.0
// Commands that look into the store, also while a server runs on it.
#include <fmt/format.h>

#include <functional>

#include "app/open_store.h"
#include "app/serve.h"
#include "audit/explain.h"
#include "audit/record_json.h"
#include "audit/verify.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/commands.h"
#include "json/value.h"

namespace cambist::cli {
namespace {

int with_store(const Secret& url, const std::function<int(store::Store&)>& use) {
    const SystemClock clock;
    const SystemRandom random;
    Log log(clock, 2, LogLevel::kWarn);
    Metrics metrics;
    const auto store = app::open_store(url, app::Access::kReadOnly, {clock, random, log, metrics});
    if (!store) return complain(store.error());
    return use(**store);
}

int print_rows(const std::vector<store::AuditRow>& rows, bool json) {
    for (const auto& row : rows) {
        if (json) {
            fmt::print("{}\n", row.body);
            continue;
        }
        const auto record = audit::parse_record(row.body);
        if (!record) return complain(record.error());
        fmt::print("{} {} {} {} {} {} {}\n", to_iso8601(record->at), record->trace.text(),
                   printable(record->realm, 40), printable(record->client, 40),
                   record->subject_name.empty() ? "-" : printable(record->subject_name, 40),
                   record->issued ? "issued" : record->error_code,
                   printable(join(record->granted_audience, ","), 80));
    }
    return kDone;
}

}  // namespace

int complain(const Error& error) {
    fmt::print(stderr, "cambist: {}\n", error.hint.empty() ? error.describe() : error.hint);
    if (!error.hint.empty() && !error.detail.empty())
        fmt::print(stderr, "cambist: {}\n", error.detail);
    return kRefused;
}

int serve(const config::Settings& settings) {
    const auto served = app::serve(settings);
    return served ? kDone : complain(served.error());
}

int explain(const ExplainOptions& options) {
    return with_store(options.store, [&](store::Store& store) {
        const auto row = store.audit().find(options.trace);
        if (!row) return complain(row.error());
        if (!*row)
            return complain({ErrorCode::kNotFound,
                             {},
                             "no record with trace id " + printable(options.trace, 60),
                             {}});
        const auto record = audit::parse_record((*row)->body);
        if (!record) return complain(record.error());
        if (options.mermaid)
            fmt::print("{}\n", audit::explain_mermaid(*record));
        else
            fmt::print("{}\n",
                       options.json ? audit::explain_json(*record) : audit::explain_text(*record));
        return kDone;
    });
}

int audit_verify(const AuditOptions& options) {
    return with_store(options.store, [&](store::Store& store) {
        const auto report = audit::verify(store.audit());
        if (!report) return complain(report.error());
        if (options.json) {
            json::Value out = json::Value::object();
            out.set("intact", report->intact());
            out.set("rows", report->rows);
            if (report->broken) {
                out.set("sequence", report->broken->sequence);
                out.set("reason", report->broken->reason);
            }
            fmt::print("{}\n", out.to_pretty_text());
        } else if (report->broken) {
            fmt::print("BROKEN at node {} record {} (trace {}): {}\n", report->broken->node,
                       report->broken->sequence, printable(report->broken->trace, 60),
                       report->broken->reason);
        } else {
            fmt::print("intact: {} records\n", report->rows);
            for (const auto& end : report->ends)
                fmt::print("node {} ends at record {} with {}\n", end.node, end.sequence, end.hash);
        }
        return report->intact() ? kDone : kRefused;
    });
}

int audit_tail(const AuditOptions& options) {
    return with_store(options.store, [&](store::Store& store) {
        const auto rows = store.audit().tail(options.rows);
        return rows ? print_rows(*rows, options.json) : complain(rows.error());
    });
}

int audit_export(const AuditOptions& options) {
    return with_store(options.store, [&](store::Store& store) {
        const auto scanned = store.audit().scan([](const store::AuditRow& row) {
            fmt::print("{}\n", row.body);
            return true;
        });
        return scanned ? kDone : complain(scanned.error());
    });
}

int backup(const Secret& url, const std::string& path) {
    return with_store(url, [&](store::Store& store) {
        const auto done = store.backup(path);
        if (!done) return complain(done.error());
        fmt::print("copied {} to {}\n", app::store_path(url), path);
        return kDone;
    });
}

}  // namespace cambist::cli
