// SPDX-License-Identifier: Apache-2.0
// Commands that look into the store, also while a server runs on it.
#include <fmt/format.h>

#include <functional>

#include "app/open_store.h"
#include "app/run_gateway.h"
#include "app/serve.h"
#include "audit/explain.h"
#include "audit/record_json.h"
#include "audit/verify.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/command_record.h"
#include "cli/commands.h"
#include "json/value.h"

namespace cambist::cli {
namespace {

int with_store(const Secret& url, const std::function<int(store::Store&)>& use,
               app::Access access = app::Access::kReadOnly) {
    const SystemClock clock;
    const SystemRandom random;
    Log log(clock, 2, LogLevel::kWarn);
    Metrics metrics;
    const auto store = app::open_store(url, access, {clock, random, log, metrics});
    if (!store) return complain(store.error());
    return use(**store);
}

void print_command(const AuditRecord& record) {
    const auto step = record.steps.empty() ? TraceStep() : record.steps.front();
    fmt::print("{} {} {} {}: {}: {}\n", to_iso8601(record.at), record.trace.text(),
               printable(record.realm, 40), printable(record.peer, 100), printable(step.stage, 40),
               printable(step.text, 200));
}

int print_rows(const std::vector<store::AuditRow>& rows, bool json) {
    for (const auto& row : rows) {
        if (json) {
            fmt::print("{}\n", row.body);
            continue;
        }
        const auto record = audit::parse_record(row.body);
        if (!record) return complain(record.error());
        if (record->grant == audit::kCommand) {
            print_command(*record);
            continue;
        }
        fmt::print("{} {} {} {} {} {} {}\n", to_iso8601(record->at), record->trace.text(),
                   printable(record->realm, 40), printable(record->client, 40),
                   record->subject_name.empty() ? "-" : printable(record->subject_name, 40),
                   record->issued ? "issued" : record->error_code,
                   printable(join(record->granted_audience, ","), 80));
    }
    return kDone;
}

void print_report(const audit::VerifyReport& report, bool as_json) {
    if (as_json) {
        auto out = json::Value::object();
        out.set("intact", report.intact());
        out.set("rows", report.rows);
        if (report.broken) {
            out.set("sequence", report.broken->sequence);
            out.set("reason", report.broken->reason);
        }
        fmt::print("{}\n", out.to_pretty_text());
    } else if (report.broken) {
        fmt::print("BROKEN at node {} record {} (trace {}): {}\n", report.broken->node,
                   report.broken->sequence, printable(report.broken->trace, 60),
                   report.broken->reason);
    } else {
        fmt::print("intact: {} records\n", report.rows);
        for (const auto& beginning : report.beginnings)
            fmt::print("node {} begins behind record {} with {}: what was before is pruned\n",
                       beginning.node, beginning.sequence, beginning.hash);
        for (const auto& end : report.ends)
            fmt::print("node {} ends at record {} with {}\n", end.node, end.sequence, end.hash);
    }
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

int run_gateway(const std::string& config_file) {
    const auto served = app::run_gateway(config_file);
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
        print_report(*report, options.json);
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

int restore(const Secret& url, const std::string& path) {
    const auto target = app::store_path(url);
    if (target.empty())
        return complain({ErrorCode::kConfigInvalid,
                         {},
                         "a PostgreSQL database is restored with its own tools: pg_restore "
                         "--dbname=DATABASE FILE into an empty one, or a base backup",
                         {}});
    return with_store(Secret("sqlite:" + path), [&](store::Store& copy) {
        const auto report = audit::verify(copy.audit());
        if (!report) return complain(report.error());
        print_report(*report, /*as_json=*/false);
        if (!report->intact()) return kRefused;
        const auto done = copy.backup(target);
        if (!done) return complain(done.error());
        fmt::print("restored {} to {}; the --secret-key-file it was made with is needed too\n",
                   path, target);
        return kDone;
    });
}

// Opening for serving is what migrates.
int migrate(const Secret& url) {
    return with_store(
        url,
        [](store::Store& store) {
            const auto written = write_command(
                store, command_record(SystemClock(), SystemRandom(), {}, "migrate",
                                      "the database is what this version of cambist needs"));
            if (!written) return complain(written.error());
            fmt::print("the database is what this version of cambist needs\n");
            return kDone;
        },
        app::Access::kServe);
}

}  // namespace cambist::cli
