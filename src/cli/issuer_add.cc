// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

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

// A whole new file in place of the old one, or the old one.
Status replace_file(const std::string& path, const std::string& text) {
    const auto fresh = path + ".new";
    {
        std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
        out << text;
        out.flush();
        if (!out) return fail(ErrorCode::kConfigInvalid, fresh + " can not be written");
    }
    if (std::rename(fresh.c_str(), path.c_str()) == 0) return {};
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
