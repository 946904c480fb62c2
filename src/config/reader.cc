// SPDX-License-Identifier: Apache-2.0
#include "config/reader.h"

#include "base/text.h"
#include "json/parse.h"
#include "json/yaml.h"

namespace cambist::config {

Setter text(std::string& into) {
    return [&into](const json::Value& value) {
        if (!value.is_string()) return false;
        into = value.as_string();
        return true;
    };
}

Setter secret(Secret& into) {
    return [&into](const json::Value& value) {
        if (!value.is_string()) return false;
        into = Secret(value.as_string());
        return true;
    };
}

Setter flag(bool& into) {
    return [&into](const json::Value& value) {
        if (!value.is_bool()) return false;
        into = value.as_bool();
        return true;
    };
}

Setter count(std::size_t& into) {
    return [&into](const json::Value& value) {
        if (!value.is_int64() || value.as_int64() < 0) return false;
        into = static_cast<std::size_t>(value.as_int64());
        return true;
    };
}

Setter texts(std::vector<std::string>& into) {
    return [&into](const json::Value& value) {
        if (!value.is_array()) return false;
        into.clear();
        for (const auto& item : value.as_array()) {
            if (!item.is_string()) return false;
            into.push_back(item.as_string());
        }
        return true;
    };
}

Result<json::Value> Reader::parse(std::string_view content) {
    std::vector<json::Fault> duplicates;
    const bool is_json = file_.ends_with(".json");
    auto value = is_json ? json::parse_all_faults(content, json::kConfigLimits, duplicates)
                         : json::parse_yaml(content, json::kConfigLimits, duplicates);
    if (!value) return fail(ErrorCode::kConfigInvalid, file_ + ": " + value.error().hint);
    for (const auto& duplicate : duplicates) fault(duplicate.position, duplicate.text);
    return value;
}

void Reader::fault(const json::Position& at, const std::string& what) {
    faults_.push_back(file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                      ": " + what);
}

void Reader::read(const json::Value& value, const std::vector<Key>& keys) {
    if (!value.is_object()) return fault(value.position(), "expected an object");
    for (const auto& member : value.as_object()) read_member(member, keys);
}

void Reader::read_member(const json::Member& member, const std::vector<Key>& keys) {
    std::vector<std::string_view> names;
    for (const auto& key : keys) {
        names.push_back(key.name);
        if (key.name != member.key) continue;
        if (!key.set(member.value))
            fault(member.value.position(), member.key + " must be " + std::string(key.form));
        return;
    }
    const auto near = nearest(member.key, names);
    fault(member.position, "unknown key '" + printable(member.key, 60) + "'" +
                               (near ? ", did you mean '" + std::string(*near) + "'?" : ""));
}

Status Reader::outcome() const {
    if (faults_.empty()) return {};
    return fail(ErrorCode::kConfigInvalid, join(faults_, "\n"));
}

}  // namespace cambist::config
