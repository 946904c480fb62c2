// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/open_store.h"
#include "app/realm_files.h"
#include "app/secret_key.h"
#include "base/metrics.h"
#include "cli/commands.h"
#include "identity/identities.h"
#include "json/value.h"
#include "realms/realms.h"

namespace cambist::cli {
namespace {

// What realms rest on, for a command instead of a server.
struct Workshop {
    SystemClock clock;
    SystemRandom random;
    Log log{clock, 2, LogLevel::kWarn};
    Metrics metrics;
    std::unique_ptr<store::Store> store;
    std::optional<crypto::SecretBox> box;
    std::unique_ptr<identity::Identities> identities;
    std::unique_ptr<realms::Realms> realms;

    Status open(const config::Settings& settings) {
        CAMBIST_TRY(store, app::open_store(settings.store, app::Access::kServe,
                                           {clock, random, log, metrics}));
        CAMBIST_TRY(box, app::open_secret_box(settings, random, log));
        identities = std::make_unique<identity::Identities>(store->users());
        realms = std::make_unique<realms::Realms>(
            realms::Realms::Parts{*store, *box, *identities, clock, random, log},
            realms::RealmsSettings{.base_url = settings.hostname, .password = {}});
        return realms->load_all();
    }
};

}  // namespace

int realm_import(const config::Settings& settings, const std::string& path, bool json) {
    Workshop workshop;
    if (const auto opened = workshop.open(settings); !opened) return complain(opened.error());
    const auto literals =
        settings.dev ? app::Literals::kAllowed : app::Literals::kRefusedInVersionControl;
    const auto file = app::read_realm(path, literals);
    if (!file) return complain(file.error());
    const auto report = workshop.realms->apply(*file);
    if (!report) return complain(report.error());
    if (json) {
        json::Value out = json::Value::object();
        out.set("realm", file->realm.name.text());
        out.set("changed", report->changed);
        out.set("objects_written", report->objects_written);
        out.set("objects_removed", report->objects_removed);
        out.set("users_written", report->users_written);
        out.set("keys_added", report->keys_added);
        json::Value notes = json::Value::array();
        for (const auto& note : report->notes) notes.push(note);
        out.set("notes", std::move(notes));
        fmt::print("{}\n", out.to_pretty_text());
        return kDone;
    }
    for (const auto& note : report->notes) fmt::print("note: {}\n", note);
    fmt::print("realm {}: {} of {} objects, {} of {} users, {} keys written\n",
               file->realm.name.text(), report->objects_written, report->objects,
               report->users_written, report->users, report->keys_added);
    return kDone;
}

}  // namespace cambist::cli
