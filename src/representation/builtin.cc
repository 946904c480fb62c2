// SPDX-License-Identifier: Apache-2.0
#include "representation/builtin.h"

#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "json/yaml.h"

namespace cambist::representation {

namespace {

void replace(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
}

// Positions in our own text would only mislead.
void fill_in(json::Value& value, std::string_view name) {
    value.set_position({});
    if (const auto* text = value.if_string()) {
        std::string filled = *text;
        replace(filled, "{realm}", name);
        replace(filled, "{realm-lower}", to_lower_ascii(name));
        value = json::Value(std::move(filled));
    } else if (value.is_array()) {
        for (auto& element : value.as_array()) fill_in(element, name);
    } else if (value.is_object()) {
        for (auto& member : value.as_object()) {
            member.position = {};
            fill_in(member.value, name);
        }
    }
}

json::Value parse_builtin() {
    auto realm = json::Value::object();
    for (const auto text : {kBuiltinSettings, kBuiltinScopes, kBuiltinClients}) {
        std::vector<json::Fault> faults;
        auto part = json::parse_yaml(text, json::kConfigLimits, faults);
        CAMBIST_ASSERT(part && faults.empty());
        for (auto& member : part->as_object()) realm.set(member.key, std::move(member.value));
    }
    return realm;
}

}  // namespace

json::Value make_builtin_realm(std::string_view realm_name) {
    static const json::Value kParsed = parse_builtin();  // a constant that takes a while to make
    auto realm = kParsed;
    fill_in(realm, realm_name);
    return realm;
}

}  // namespace cambist::representation
