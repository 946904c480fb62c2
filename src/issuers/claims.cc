// SPDX-License-Identifier: Apache-2.0
#include "issuers/claims.h"

#include <algorithm>

#include "base/text.h"

namespace cambist::issuers {
namespace {

constexpr std::size_t kMostElements = 1000;

// The first name of the path, which is then shortened by it.
std::string take_name(std::string_view& path) {
    std::string name;
    std::size_t at = 0;
    for (; at < path.size() && path[at] != '.'; ++at) {
        if (path[at] == '\\' && at + 1 < path.size()) ++at;
        name.push_back(path[at]);
    }
    path.remove_prefix(std::min(at + 1, path.size()));
    return name;
}

bool add_text(const json::Value& value, std::vector<std::string>& texts) {
    if (const auto* text = value.if_string())
        texts.push_back(*text);
    else if (const auto number = value.if_int64())
        texts.push_back(std::to_string(*number));
    else if (const auto flag = value.if_bool())
        texts.emplace_back(*flag ? "true" : "false");
    else
        return false;
    return true;
}

std::string quoted_list(const std::vector<std::string>& texts) {
    std::string list;
    for (const auto& text : texts)
        list += (list.empty() ? "'" : ", '") + printable(text, 100) + "'";
    return list;
}

}  // namespace

const json::Value* find_claim(const json::Value& claims, std::string_view path) {
    if (const auto* whole = claims.find(path)) return whole;
    const auto* at = &claims;
    while (at != nullptr && !path.empty()) at = at->find(take_name(path));
    return at == &claims ? nullptr : at;
}

std::vector<std::string> texts_of(const json::Value* claim) {
    std::vector<std::string> texts;
    if (claim == nullptr) return texts;
    const auto* array = claim->if_array();
    if (array == nullptr) {
        add_text(*claim, texts);
        return texts;
    }
    if (array->size() > kMostElements) return {};
    for (const auto& element : *array)
        if (!add_text(element, texts)) return {};
    return texts;
}

std::string text_of(const json::Value& claims, std::string_view path) {
    auto texts = texts_of(find_claim(claims, path));
    return texts.size() == 1 ? std::move(texts.front()) : std::string();
}

bool passes(const ClaimTest& test, const json::Value& claims) {
    const auto texts = texts_of(find_claim(claims, test.claim));
    return std::ranges::any_of(texts, [&](const std::string& text) {
        return std::ranges::any_of(test.patterns, [&](const std::string& pattern) {
            return matches_pattern(pattern, text);
        });
    });
}

std::string explain(const ClaimTest& test, const json::Value& claims) {
    const auto texts = texts_of(find_claim(claims, test.claim));
    return test.claim + (texts.empty() ? " is missing" : " is " + quoted_list(texts)) +
           ", must be " + (test.patterns.size() > 1 ? "one of " : "") + quoted_list(test.patterns);
}

namespace {

// The first value, as Keycloak takes it.
std::string saml_attribute(const json::Value& claims, std::string_view name) {
    for (const auto* kind : {"attributes", "friendly"}) {
        const auto* all = claims.find(kind);
        const auto texts = texts_of(all == nullptr ? nullptr : all->find(name));
        if (!texts.empty()) return texts.front();
    }
    return {};
}

std::string named_value(std::string_view name, const json::Value& claims, std::string_view alias) {
    constexpr std::string_view kClaim = "CLAIM.";
    constexpr std::string_view kAttribute = "ATTRIBUTE.";
    if (name == "ALIAS" || name == "alias") return std::string(alias);
    if (name == "NAMEID") return text_of(claims, "sub");
    if (name.starts_with(kClaim)) return text_of(claims, name.substr(kClaim.size()));
    if (name.starts_with(kAttribute)) return saml_attribute(claims, name.substr(kAttribute.size()));
    return {};
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::string transformed(std::string value, std::string_view how) {
    if (how == "lowercase") return to_lower_ascii(value);
    if (how == "uppercase") {
        for (auto& c : value)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    } else if (how == "localpart") {
        if (const auto at = value.rfind('@'); at != std::string::npos) value.resize(at);
    }
    return value;
}

}  // namespace

std::string fill_in(std::string_view pattern, const json::Value& claims, std::string_view alias) {
    std::string out;
    while (!pattern.empty()) {
        const auto open = pattern.find("${");
        out += pattern.substr(0, open);
        if (open == std::string_view::npos) return out;
        pattern.remove_prefix(open + 2);
        const auto close = pattern.find('}');
        if (close == std::string_view::npos) return {};
        const auto inside = pattern.substr(0, close);
        pattern.remove_prefix(close + 1);
        const auto bar = inside.find('|');
        const auto how = bar == std::string_view::npos ? "" : inside.substr(bar + 1);
        const auto value =
            transformed(named_value(trimmed(inside.substr(0, bar)), claims, alias), trimmed(how));
        if (value.empty()) return {};
        out += value;
    }
    return out;
}

}  // namespace cambist::issuers
