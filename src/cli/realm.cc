// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/realm_files.h"
#include "base/text.h"
#include "cli/command_record.h"
#include "cli/commands.h"
#include "cli/workshop.h"
#include "json/value.h"
#include "json/yaml.h"

namespace cambist::cli {
namespace {

app::Literals literals_of(const config::Settings& settings) {
    return settings.dev ? app::Literals::kAllowed : app::Literals::kRefusedInVersionControl;
}

realms::ApplyOptions apply_options(const RealmOptions& options) {
    return {.prune = options.prune,
            .prune_users = options.prune_users,
            .without_secrets = options.without_secrets};
}

json::Value list_of(const std::vector<std::string>& texts) {
    auto list = json::Value::array();
    for (const auto& text : texts) list.push(text);
    return list;
}

json::Value to_json(const std::string& realm, const realms::ApplyReport& report) {
    auto out = json::Value::object();
    out.set("realm", realm).set("changed", report.changed);
    out.set("objects_written", report.objects_written);
    out.set("objects_removed", report.objects_removed);
    out.set("users_written", report.users_written);
    out.set("users_removed", report.users_removed);
    out.set("keys_added", report.keys_added);
    out.set("relations_written", report.relations_written);
    out.set("relations_removed", report.relations_removed);
    out.set("risks", list_of(report.risks)).set("notes", list_of(report.notes));
    out.set("kept", list_of(report.kept)).set("absent", list_of(report.absent));
    out.set("removed", list_of(report.removed));
    return out;
}

// Names beyond this many are only counted.
constexpr std::size_t kShown = 20;

std::string some_of(const std::vector<std::string>& names) {
    const auto shown = std::min(names.size(), kShown);
    auto text = join({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown)}, ", ");
    if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
    return text;
}

void print_absent(const std::vector<std::string>& absent) {
    if (absent.empty()) return;
    fmt::print("not in the file, and kept: {} (--prune removes objects, --prune-users users)\n",
               some_of(absent));
}

std::string in_words(const realms::ApplyReport& report) {
    std::string words =
        fmt::format("{} of {} objects, {} of {} users, {} keys written", report.objects_written,
                    report.objects, report.users_written, report.users, report.keys_added);
    if (report.objects_removed + report.users_removed > 0)
        words += fmt::format("; {} objects, {} users removed", report.objects_removed,
                             report.users_removed);
    if (report.relations_written + report.relations_removed > 0)
        words += fmt::format("; {} relations written, {} removed", report.relations_written,
                             report.relations_removed);
    return words;
}

void print(const std::string& realm, const realms::ApplyReport& report) {
    for (const auto& risk : report.risks) fmt::print("RISK: {}\n", risk);
    for (const auto& note : report.notes) fmt::print("note: {}\n", note);
    for (const auto& kept : report.kept) fmt::print("{}\n", kept);
    print_absent(report.absent);
    // Of a folder nobody reads who was in the file yesterday: what is gone is always named.
    if (!report.removed.empty())
        fmt::print("not in the file, and removed: {}\n", join(report.removed, ", "));
    fmt::print("realm {}: {}\n", realm, in_words(report));
}

json::Value to_json(const std::string& realm, const realms::Comparison& comparison) {
    auto changes = json::Value::array();
    for (const auto& change : comparison.changes) {
        auto one = json::Value::object();
        one.set("what", realms::name_of(change.what)).set("kind", change.kind);
        one.set("key", change.key).set("details", list_of(change.details));
        changes.push(std::move(one));
    }
    auto out = json::Value::object();
    out.set("realm", realm).set("changes", std::move(changes));
    out.set("absent", list_of(comparison.absent));
    return out;
}

void print(const std::string& realm, const realms::Comparison& comparison) {
    static constexpr std::string_view kSigns = "+~-";  // of kAdd, kChange, kRemove
    for (const auto& change : comparison.changes) {
        fmt::print("{} {} {}\n", kSigns[static_cast<std::size_t>(change.what)], change.kind,
                   printable(change.key, 100));
        for (const auto& detail : change.details) fmt::print("    {}\n", detail);
    }
    print_absent(comparison.absent);
    fmt::print("realm {}: {} differences\n", realm, comparison.changes.size());
}

// A realm of the store that the folder does not have.
struct AbsentRealm {
    bool goes = false;  // --prune-realms
};

json::Value to_json(const std::string& realm, const AbsentRealm& absent) {
    auto out = json::Value::object();
    out.set("realm", realm).set("in_folder", false).set("removed", absent.goes);
    return out;
}

void print(const std::string& realm, const AbsentRealm& absent) {
    if (absent.goes)
        fmt::print("- realm {}: not in the folder\n", realm);
    else
        fmt::print("realm {}: not in the folder, and kept (--prune-realms removes realms)\n",
                   realm);
}

// Of one file nobody expects that it names all realms.
Result<std::vector<std::string>> absent_realms(
    const Workshop& shop, const RealmOptions& options,
    const std::vector<representation::RealmFile>& files) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(options.path, ignored)) {
        if (!options.prune_realms) return std::vector<std::string>();
        return fail(ErrorCode::kConfigInvalid, "--prune-realms needs a folder of all realms");
    }
    CAMBIST_TRY(auto names, shop.store->realms().list());
    for (const auto& file : files) std::erase(names, file.realm.name.text());
    return names;
}

Status remove_realm(const Workshop& shop, const std::string& realm) {
    CAMBIST_CHECK(shop.realms->remove(realm));
    return write_command(*shop.store,
                         command_record(shop.clock, shop.random, realm, "realm import",
                                        "the realm is not in the folder: removed with all it has"));
}

Status write_down(const Workshop& shop, const std::string& realm,
                  const realms::ApplyReport& report) {
    if (!report.changed) return {};
    return write_command(*shop.store, command_record(shop.clock, shop.random, realm, "realm import",
                                                     in_words(report)));
}

// What a command prints of each realm: with --json one value, a list when there are several.
class Output {
  public:
    explicit Output(bool json) : json_(json) {}
    template <class Report>
    void add(const std::string& realm, const Report& report) {
        if (json_)
            values_.push(to_json(realm, report));
        else
            print(realm, report);
    }
    void finish() const {
        if (!json_) return;
        const auto& all = values_.as_array();
        fmt::print("{}\n", (all.size() == 1 ? all.front() : values_).to_pretty_text());
    }

  private:
    bool json_;
    json::Value values_ = json::Value::array();
};

}  // namespace

int realm_import(const RealmOptions& options) {
    Workshop workshop;
    if (const auto opened = workshop.open(options.settings, app::Access::kServe); !opened)
        return complain(opened.error());
    const auto files = app::read_realms(options.path, literals_of(options.settings));
    if (!files) return complain(files.error());
    const auto absent = absent_realms(workshop, options, *files);
    if (!absent) return complain(absent.error());
    Output output(options.json);
    for (const auto& file : *files) {
        const auto report = workshop.realms->apply(file, apply_options(options));
        if (!report) return complain(report.error());
        const auto& name = file.realm.name.text();
        const auto written = write_down(workshop, name, *report);
        if (!written) return complain(written.error());
        output.add(name, *report);
    }
    for (const auto& name : *absent) {
        if (options.prune_realms)
            if (const auto gone = remove_realm(workshop, name); !gone)
                return complain(gone.error());
        output.add(name, AbsentRealm{options.prune_realms});
    }
    output.finish();
    return kDone;
}

int realm_diff(const RealmOptions& options) {
    const auto refuse = [](const Error& error) {
        complain(error);
        return kWrongUse;
    };
    Workshop workshop;
    if (const auto opened = workshop.open(options.settings, app::Access::kReadOnly); !opened)
        return refuse(opened.error());
    const auto files = app::read_realms(options.path, literals_of(options.settings));
    if (!files) return refuse(files.error());
    const auto absent = absent_realms(workshop, options, *files);
    if (!absent) return refuse(absent.error());
    Output output(options.json);
    bool differs = false;
    for (const auto& file : *files) {
        const auto comparison = workshop.realms->compare(file, apply_options(options));
        if (!comparison) return refuse(comparison.error());
        differs |= !comparison->changes.empty();
        output.add(file.realm.name.text(), *comparison);
    }
    for (const auto& name : *absent) output.add(name, AbsentRealm{options.prune_realms});
    differs |= options.prune_realms && !absent->empty();
    output.finish();
    return differs ? kRefused : kDone;
}

int realm_export(const RealmOptions& options) {
    Workshop workshop;
    if (const auto opened = workshop.open(options.settings, app::Access::kReadOnly); !opened)
        return complain(opened.error());
    const auto realm = workshop.realms->represent(
        options.realm, {.users = options.users, .secrets = options.with_secrets});
    if (!realm) return complain(realm.error());
    if (options.format == "yaml")
        fmt::print("{}", json::to_yaml(*realm));
    else
        fmt::print("{}\n", realm->to_pretty_text());
    return kDone;
}

}  // namespace cambist::cli
