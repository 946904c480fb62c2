// SPDX-License-Identifier: Apache-2.0
#include "app/realm_files.h"

#include <filesystem>
#include <set>

#include "base/files.h"

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

}  // namespace

Result<representation::RealmFile> read_realm(const std::string& path, Literals literals) {
    CAMBIST_TRY(const auto text, read_file(path));
    std::set<std::string> from_environment;
    representation::Options options;
    options.placeholder = [&](std::string_view name) {
        auto value = environment(std::string(name).c_str());
        if (value) from_environment.insert(*value);
        return value;
    };
    options.read_file = [](const std::string& file) { return read_secret_file(file); };
    auto outcome = representation::read_realm_file(text, path, options);
    if (!outcome.file) return std::unexpected(representation::to_error(outcome.faults));
    if (literals == Literals::kRefusedInVersionControl && is_in_version_control(path))
        CAMBIST_CHECK(check_literals(*outcome.file, path, from_environment));
    return *std::move(outcome.file);
}

Status apply_realm_file(const std::string& path, Literals literals, realms::Realms& realms,
                        Log& log) {
    CAMBIST_TRY(const auto file, read_realm(path, literals));
    CAMBIST_TRY(const auto report, realms.apply(file));
    for (const auto& note : report.notes)
        log.info("realm_note", {{"realm", file.realm.name.text()}, {"note", note}});
    log.info("realm_applied", {{"realm", file.realm.name.text()},
                               {"file", path},
                               {"changed", report.changed},
                               {"objects", report.objects},
                               {"objects_written", report.objects_written},
                               {"objects_removed", report.objects_removed},
                               {"users_written", report.users_written},
                               {"keys_added", report.keys_added}});
    return {};
}

}  // namespace cambist::app
