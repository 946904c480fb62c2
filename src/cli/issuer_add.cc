// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "cli/issuer_discovery.h"
#include "config/settings.h"
#include "json/parse.h"
#include "json/yaml.h"
#include "representation/realm_file.h"

namespace cambist::cli {
namespace {

constexpr std::string_view kList = "trustedIssuers";

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

// The entry as an element of a list of the realm's, with this much before its dash.
std::string as_element(const json::Value& entry, std::size_t indent) {
    std::string out;
    for (const auto& line : lines_of(json::to_yaml(entry))) {
        out += std::string(indent, ' ') + (out.empty() ? "- " : "  ") + line + "\n";
    }
    return out;
}

Result<std::string> insert_into_json(const std::string& text, const json::Value& entry) {
    CAMBIST_TRY(auto realm, json::parse(text, json::kConfigLimits, json::Positions::kNone));
    if (!realm.is_object()) return fail(ErrorCode::kConfigInvalid, "the file is no realm");
    auto* list = realm.find(kList);
    if (list == nullptr)
        realm.set(std::string(kList), json::Value::array().push(entry));
    else if (!list->is_array())
        return fail(ErrorCode::kConfigInvalid, "its trustedIssuers is no list");
    else
        list->push(entry);
    return realm.to_pretty_text() + "\n";
}

// Line by line, so that comments and order stay.
Result<std::string> insert_into_yaml(const std::string& text, const json::Value& entry) {
    const auto key = std::string(kList) + ":";
    const auto lines = lines_of(text);
    std::string out;
    bool is_in = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        out += lines[i] + "\n";
        if (!lines[i].starts_with(key)) continue;
        if (trim(lines[i].substr(key.size())).starts_with('[') ||
            trim(lines[i].substr(key.size())).starts_with('{'))
            return fail(ErrorCode::kConfigInvalid,
                        "its trustedIssuers is written in one line: write it as a list of lines");
        std::size_t indent = 2;
        if (i + 1 < lines.size())
            if (const auto dash = lines[i + 1].find_first_not_of(' ');
                dash != std::string::npos && lines[i + 1][dash] == '-')
                indent = dash;
        out += as_element(entry, indent);
        is_in = true;
    }
    if (!is_in) out += key + "\n" + as_element(entry, 2);
    return out;
}

std::vector<std::string> faults_of(const std::string& text, const std::string& file) {
    representation::Options options;
    options.placeholder = [](std::string_view name) { return std::string(name); };
    options.read_files = false;
    std::vector<std::string> faults;
    for (const auto& fault : representation::read_realm_file(text, file, options).faults)
        faults.push_back(representation::describe(fault));
    return faults;
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0;
}

// A whole new file in place of the old one, or the old one. It may hold secrets: whoever may read
// and own it stays as it is.
Status replace_file(const std::string& link, const std::string& text) {
    std::error_code error;
    const auto path = std::filesystem::canonical(link, error).string();
    struct stat before{};
    if (error || ::stat(path.c_str(), &before) != 0)
        return fail(ErrorCode::kConfigInvalid, link + " is not there any more");
    const auto fresh = path + ".new";
    constexpr mode_t kOwner = 0600;
    const int file =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwner);
    if (file < 0) return fail(ErrorCode::kConfigInvalid, fresh + " can not be made");
    // Who may not give files away owns them already.
    const bool is_owned = before.st_uid == ::geteuid() && before.st_gid == ::getegid();
    const bool is_good =
        (is_owned || ::fchown(file, before.st_uid, before.st_gid) == 0 || ::geteuid() != 0) &&
        ::fchmod(file, before.st_mode & 07777U) == 0 && write_all(file, text);
    const bool is_closed = ::close(file) == 0;
    if (is_good && is_closed && std::rename(fresh.c_str(), path.c_str()) == 0) return {};
    ::unlink(fresh.c_str());
    return fail(ErrorCode::kConfigInvalid, path + " can not be replaced");
}

// Only what the server would take is written.
Status write_into(const std::string& path, const json::Value& entry) {
    CAMBIST_TRY(const auto before, read_file(path));
    CAMBIST_TRY(const auto after, insert_issuer(before, path, entry));
    const auto faults = faults_of(after, path);
    if (!faults.empty())
        return fail(
            ErrorCode::kConfigInvalid,
            path + " is left as it is; with the entry it would be refused: " + join(faults, "; "));
    return replace_file(path, after);
}

json::Value list_of(const std::vector<std::string>& texts) {
    auto list = json::Value::array();
    for (const auto& text : texts) list.push(text);
    return list;
}

void print(const DiscoveredIssuer& issuer) {
    const auto tell = [](const char* word, const std::vector<std::string>& texts) {
        for (const auto& text : texts) fmt::print("# {}: {}\n", word, printable(text, 500));
    };
    tell("found", issuer.found);
    tell("missing", issuer.missing);
    tell("risk", issuer.risks);
    fmt::print("{}:\n{}", kList, as_element(issuer.entry, 2));
}

}  // namespace

Result<std::string> insert_issuer(const std::string& text, const std::string& file,
                                  const json::Value& entry) {
    const bool is_json = file.ends_with(".json") || trim(text).starts_with('{');
    return is_json ? insert_into_json(text, entry) : insert_into_yaml(text, entry);
}

int issuer_add(const IssuerAddOptions& options) {
    config::Settings settings;
    if (!options.config.empty()) {
        const auto text = read_file(options.config);
        if (!text) return complain(text.error());
        if (const auto read = config::read_settings(*text, options.config, settings); !read)
            return complain(read.error());
    }
    const auto client = outbound::Client::make(settings.outbound);
    if (!client) return complain(client.error());
    const auto issuer = discover_issuer(*client, options);
    if (!issuer) return complain(issuer.error());
    if (!options.into.empty())
        if (const auto written = write_into(options.into, issuer->entry); !written)
            return complain(written.error());
    if (options.json)
        fmt::print("{}\n", json::Value::object()
                               .set("entry", issuer->entry)
                               .set("found", list_of(issuer->found))
                               .set("missing", list_of(issuer->missing))
                               .set("risks", list_of(issuer->risks))
                               .to_pretty_text());
    else
        print(*issuer);
    if (!options.into.empty() && !options.json) fmt::print("# written into {}\n", options.into);
    return kDone;
}

}  // namespace cambist::cli
