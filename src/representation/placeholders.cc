// SPDX-License-Identifier: Apache-2.0
#include "representation/placeholders.h"

#include <algorithm>
#include <optional>
#include <string>

namespace cambist::representation {

namespace {

struct Placeholder {
    std::size_t begin = 0;
    std::size_t end = 0;  // behind the brace
    std::string_view name;
    std::optional<std::string_view> otherwise;
};

bool is_name(std::string_view text) {
    return !text.empty() && text.front() >= 'A' && text.front() <= 'Z' &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
           });
}

std::optional<Placeholder> find_placeholder(std::string_view text, std::size_t from) {
    for (auto begin = text.find("${", from); begin != std::string_view::npos;
         begin = text.find("${", begin + 1)) {
        const auto close = text.find('}', begin);
        if (close == std::string_view::npos) return std::nullopt;
        const auto inside = text.substr(begin + 2, close - begin - 2);
        const auto colon = inside.find(':');
        Placeholder found;
        found.begin = begin;
        found.end = close + 1;
        found.name = inside.substr(0, colon);
        if (colon != std::string_view::npos) found.otherwise = inside.substr(colon + 1);
        if (is_name(found.name)) return found;
    }
    return std::nullopt;
}

// ${ALIAS} and ${NAMEID} in the templates of Keycloak's user name mappers are of each token.
bool has_own_placeholders(std::string_view path, std::string_view key) {
    return key == "template" && path.starts_with("identityProviderMappers[");
}

void fill_text(json::Value& value, const std::string& path, Reading& reading) {
    const auto& text = value.as_string();
    if (!has_placeholder(text)) return;
    std::string filled;
    std::size_t at = 0;
    while (const auto found = find_placeholder(text, at)) {
        filled += text.substr(at, found->begin - at);
        at = found->end;
        const auto& look_up = reading.options.placeholder;
        const auto known = look_up ? look_up(found->name) : std::nullopt;
        if (known)
            filled += *known;
        else if (found->otherwise)
            filled += *found->otherwise;
        else
            reading.fault(value.position(), path,
                          "the environment variable " + std::string(found->name) + " is not set",
                          "set it, or write ${" + std::string(found->name) + ":otherwise}");
    }
    filled += text.substr(at);
    const auto position = value.position();
    value = json::Value(std::move(filled));
    value.set_position(position);
}

}  // namespace

bool has_placeholder(std::string_view text) { return find_placeholder(text, 0).has_value(); }

void fill_placeholders(json::Value& value, const std::string& path, Reading& reading) {
    if (value.is_string()) return fill_text(value, path, reading);
    if (value.is_array()) {
        auto& array = value.as_array();
        for (std::size_t i = 0; i < array.size(); ++i)
            fill_placeholders(array[i], path + "[" + std::to_string(i) + "]", reading);
    } else if (value.is_object()) {
        for (auto& member : value.as_object())
            if (!has_own_placeholders(path, member.key))
                fill_placeholders(member.value, path_to(path, member.key), reading);
    }
}

}  // namespace cambist::representation
