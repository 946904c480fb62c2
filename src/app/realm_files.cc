// SPDX-License-Identifier: Apache-2.0
#include "app/realm_files.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "representation/team_rules.h"

namespace cambist::app {
namespace {

bool is_in_version_control(const std::string& path) {
    std::error_code ignored;  // a path that can not be resolved is reported by whoever reads it
    auto folder = std::filesystem::absolute(path, ignored).parent_path();
    for (;; folder = folder.parent_path()) {
        if (std::filesystem::exists(folder / ".git", ignored)) return true;
        if (folder == folder.parent_path()) return false;
    }
}

// Secrets that are in a repository are known to everybody who has ever cloned it.
Status check_literals(const representation::RealmFile& file, const std::string& path,
                      const std::set<std::string>& from_environment) {
    for (const auto& client : file.realm.clients) {
        if (client.secret == nullptr || client.secret->empty()) continue;
        if (from_environment.contains(std::string(client.secret->expose()))) continue;
        return fail(ErrorCode::kConfigInvalid,
                    path + " is under version control and holds the secret of client '" +
                        client.client_id.text() + "' in clear. Write secret: ${" +
                        "CLIENT_SECRET} and set that variable, "
                        "use private_key_jwt, or start with --dev to try things");
    }
    return {};
}

Result<representation::SourceText> read_source(const std::string& path) {
    CAMBIST_TRY(auto text, read_file(path));
    return representation::SourceText{.text = std::move(text), .file_name = path};
}

void note_names(Log& log, const std::string& realm, std::string text,
                const std::vector<std::string>& names) {
    static constexpr std::size_t kMost = 20;
    if (names.empty()) return;
    const auto shown = std::min(names.size(), kMost);
    text += join({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown)}, ", ");
    if (shown < names.size()) text += " and " + std::to_string(names.size() - shown) + " more";
    log.info("realm_note", {{"realm", realm}, {"note", text}});
}

}  // namespace

Result<representation::RealmFile> read_realm(const RealmSource& source, Literals literals) {
    CAMBIST_TRY(const auto realm, read_source(source.file));
    std::vector<representation::SourceText> users;
    for (const auto& path : source.user_files) {
        CAMBIST_TRY(auto text, read_source(path));
        users.push_back(std::move(text));
    }
    std::vector<representation::OwnedRules> rules;
    for (const auto& owned : source.rule_files) {
        CAMBIST_TRY(auto text, read_source(owned.file));
        rules.push_back({.owner = owned.owner, .source = std::move(text)});
    }
    std::set<std::string> from_environment;
    representation::Options options;
    options.placeholder = [&](std::string_view name) {
        auto value = environment(std::string(name).c_str());
        if (value) from_environment.insert(*value);
        return value;
    };
    options.read_file = [](const std::string& file) { return read_secret_file(file); };
    auto outcome = representation::read_realm_parts(realm, users, rules, options);
    if (!outcome.file) return std::unexpected(representation::to_error(outcome.faults));
    if (literals == Literals::kRefusedInVersionControl && is_in_version_control(source.file))
        CAMBIST_CHECK(check_literals(*outcome.file, source.file, from_environment));
    return *std::move(outcome.file);
}

Result<std::vector<representation::RealmFile>> read_realms(const std::string& path,
                                                           Literals literals) {
    CAMBIST_TRY(const auto sources, find_realm_sources(path));
    std::vector<representation::RealmFile> files;
    std::set<std::string> names;
    for (const auto& source : sources) {
        CAMBIST_TRY(auto file, read_realm(source, literals));
        if (!names.insert(file.realm.name.text()).second)
            return fail(ErrorCode::kConfigInvalid,
                        path + " has two files of realm " + file.realm.name.text());
        files.push_back(std::move(file));
    }
    return files;
}

Status apply_realm_files(const std::string& path, Literals literals, realms::Realms& realms,
                         Log& log) {
    CAMBIST_TRY(const auto files, read_realms(path, literals));
    for (const auto& file : files) {
        CAMBIST_TRY(const auto report, realms.apply(file));
        const auto& name = file.realm.name.text();
        for (const auto& risk : report.risks)
            log.warn("realm_risk", {{"realm", name}, {"risk", risk}});
        for (const auto& note : report.notes)
            log.info("realm_note", {{"realm", name}, {"note", note}});
        for (const auto& kept : report.kept)
            log.info("realm_note", {{"realm", name}, {"note", kept}});
        // What is gone, and what somebody who took it out of the file may take for gone.
        note_names(log, name, "not in the file, and removed: ", report.removed);
        note_names(log, name, "not in the file, and kept: ", report.absent);
        log.info("realm_applied", {{"realm", name},
                                   {"file", path},
                                   {"changed", report.changed},
                                   {"objects", report.objects},
                                   {"objects_written", report.objects_written},
                                   {"objects_removed", report.objects_removed},
                                   {"objects_absent", report.absent.size()},
                                   {"users_written", report.users_written},
                                   {"keys_added", report.keys_added}});
    }
    return {};
}

}  // namespace cambist::app
