// SPDX-License-Identifier: Apache-2.0
#include "app/realm_sources.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <tuple>

namespace cambist::app {
namespace {

namespace fs = std::filesystem;

bool is_realm_file(const fs::path& path) {
    const auto extension = path.extension();
    return extension == ".json" || extension == ".yaml" || extension == ".yml";
}

// "acme-users-12" is the file of users number 12 of "acme".
struct UserFile {
    std::string realm;
    bool federated = false;
    std::size_t number = 0;
    std::string path;
};
std::optional<UserFile> parse_user_file(const fs::path& path) {
    const auto name = path.stem().string();
    const auto dash = name.rfind('-');
    if (dash == std::string::npos || dash + 1 == name.size() || name.size() - dash > 9)
        return std::nullopt;
    const auto digits = name.substr(dash + 1);
    if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    const auto rest = name.substr(0, dash);
    for (const auto* kind : {"-federated-users", "-users"}) {
        if (!rest.ends_with(kind)) continue;
        return UserFile{.realm = rest.substr(0, rest.size() - std::string(kind).size()),
                        .federated = std::string_view(kind) != "-users",
                        .number = std::stoul(digits),
                        .path = path.string()};
    }
    return std::nullopt;
}

// "acme-rules-billing-api" has the rules that the service billing-api owns in realm "acme".
struct RuleFile {
    std::string realm;
    RuleSource source;
};
std::optional<RuleFile> parse_rule_file(const fs::path& path) {
    static constexpr std::string_view kMiddle = "-rules-";
    const auto name = path.stem().string();
    const auto middle = name.find(kMiddle);
    if (middle == std::string::npos || middle == 0) return std::nullopt;
    const auto owner = name.substr(middle + kMiddle.size());
    if (owner.empty()) return std::nullopt;
    return RuleFile{.realm = name.substr(0, middle),
                    .source = {.owner = owner, .file = path.string()}};
}

// The realm that a file is named after: Keycloak writes <realm>-realm.json into a folder.
std::string realm_of(const fs::path& path) {
    static constexpr std::string_view kEnd = "-realm";
    auto name = path.stem().string();
    if (name.ends_with(kEnd)) name.resize(name.size() - kEnd.size());
    return name;
}

Result<std::vector<RealmSource>> sort_out(const std::string& folder,
                                          const std::vector<fs::path>& paths) {
    std::vector<UserFile> users;
    std::vector<RuleFile> rules;
    std::map<std::string, RealmSource> sources;  // by realm
    for (const auto& path : paths) {
        if (auto user_file = parse_user_file(path)) {
            users.push_back(*std::move(user_file));
            continue;
        }
        if (auto rule_file = parse_rule_file(path)) {
            rules.push_back(*std::move(rule_file));
            continue;
        }
        const auto [known, is_new] =
            sources.try_emplace(realm_of(path), RealmSource{.file = path.string()});
        if (!is_new)
            return fail(ErrorCode::kConfigInvalid, known->second.file + " and " + path.string() +
                                                       " are named after the same realm");
    }
    std::ranges::sort(users, [](const UserFile& a, const UserFile& b) {
        return std::tie(a.realm, a.federated, a.number) < std::tie(b.realm, b.federated, b.number);
    });
    for (auto& file : users) {
        const auto source = sources.find(file.realm);
        if (source == sources.end())
            return fail(ErrorCode::kConfigInvalid, file.path + " has users of realm " + file.realm +
                                                       ", whose file is not in the folder");
        source->second.user_files.push_back(std::move(file.path));
    }
    for (auto& file : rules) {
        const auto source = sources.find(file.realm);
        if (source == sources.end())
            return fail(ErrorCode::kConfigInvalid, file.source.file + " has rules of realm " +
                                                       file.realm +
                                                       ", whose file is not in the folder");
        source->second.rule_files.push_back(std::move(file.source));
    }
    std::vector<RealmSource> found;
    for (auto& [realm, source] : sources) found.push_back(std::move(source));
    if (found.empty())
        return fail(ErrorCode::kConfigInvalid,
                    folder + " has no realm file (.json, .yaml or .yml)");
    return found;
}

}  // namespace

Result<std::vector<RealmSource>> find_realm_sources(const std::string& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return std::vector{RealmSource{.file = path}};
    std::vector<fs::path> paths;
    fs::directory_iterator entry(path, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error))
        if (is_realm_file(entry->path()) && entry->is_regular_file(error))
            paths.push_back(entry->path());
    if (error) return fail(ErrorCode::kConfigInvalid, path + " can not be read", error.message());
    std::ranges::sort(paths);
    return sort_out(path, paths);
}

}  // namespace cambist::app
