// SPDX-License-Identifier: Apache-2.0
#include "realms/difference.h"

#include <algorithm>
#include <map>
#include <set>

#include "representation/masking.h"
#include "representation/objects.h"

namespace cambist::realms {
namespace {

using json::Value;

constexpr std::size_t kLongest = 60;  // of a value that is shown

std::string shown(Value value) {
    representation::mask_secrets(value);
    auto text = value.to_text();
    if (text.size() <= kLongest) return text;
    auto end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;  // not within a character of UTF-8
    return text.substr(0, end) + "...";
}

std::string path_of(const std::string& parent, std::string_view name) {
    return parent.empty() ? std::string(name) : parent + "." + std::string(name);
}

class Comparison {
  public:
    std::vector<std::string> lines;

    void compare(const Value* before, const Value* after, const std::string& path, bool is_secret) {
        if (before != nullptr && after != nullptr) {
            if (*before == *after) return;
            if (!is_secret && before->is_object() && after->is_object())
                return compare_members(*before, *after, path);
            if (!is_secret && has_names(*before) && has_names(*after))
                return compare_lists(*before, *after, path);
        }
        if (is_secret)
            lines.push_back(path + ": changed");
        else
            lines.push_back(path + ": " + (before == nullptr ? "nothing" : shown(*before)) +
                            " -> " + (after == nullptr ? "nothing" : shown(*after)));
    }

  private:
    void compare_members(const Value& before, const Value& after, const std::string& path) {
        std::set<std::string_view> names;
        for (const auto& member : before.as_object()) names.insert(member.key);
        for (const auto& member : after.as_object()) names.insert(member.key);
        for (const auto name : names)
            compare(before.find(name), after.find(name), path_of(path, name),
                    representation::is_secret_member(name));
    }
    void compare_lists(const Value& before, const Value& after, const std::string& path) {
        std::map<std::string, std::pair<const Value*, const Value*>> elements;
        for (const auto& element : before.as_array())
            elements[representation::identity_of(element)].first = &element;
        for (const auto& element : after.as_array())
            elements[representation::identity_of(element)].second = &element;
        for (const auto& [name, pair] : elements)
            compare(pair.first, pair.second, path + "[" + name + "]", false);
    }
    static bool has_names(const Value& value) {
        const auto* array = value.if_array();
        return array != nullptr && std::ranges::all_of(*array, [](const Value& element) {
                   return !representation::identity_of(element).empty();
               });
    }
};

}  // namespace

std::string_view name_of(Change::What what) {
    switch (what) {
        case Change::What::kAdd:
            return "add";
        case Change::What::kChange:
            return "change";
        case Change::What::kRemove:
            return "remove";
    }
    std::abort();
}

std::vector<std::string> differences(const Value& before, const Value& after) {
    Comparison comparison;
    comparison.compare(&before, &after, {}, false);
    return std::move(comparison.lines);
}

}  // namespace cambist::realms
