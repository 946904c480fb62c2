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

std::string fill_in(std::string_view pattern, const json::Value& claims, std::string_view alias) {
    constexpr std::string_view kClaim = "CLAIM.";
    std::string out;
    while (!pattern.empty()) {
        const auto open = pattern.find("${");
        out += pattern.substr(0, open);
        if (open == std::string_view::npos) return out;
        pattern.remove_prefix(open + 2);
        const auto close = pattern.find('}');
        if (close == std::string_view::npos) return {};
        const auto name = pattern.substr(0, close);
        pattern.remove_prefix(close + 1);
        const auto value = name == "ALIAS" || name == "alias" ? std::string(alias)
                           : name.starts_with(kClaim) ? text_of(claims, name.substr(kClaim.size()))
                                                      : std::string();
        if (value.empty()) return {};
        out += value;
    }
    return out;
}

}  // namespace cambist::issuers
