// SPDX-License-Identifier: Apache-2.0
#include "model/relation.h"

#include <array>
#include <utility>

namespace cambist {
namespace {

constexpr std::array<std::pair<EndKind, std::string_view>, 3> kPrefixes{{
    {EndKind::kUser, "user:"},
    {EndKind::kClient, "client:"},
    {EndKind::kGroup, "group:"},
}};

}  // namespace

std::string to_text(const RelationEnd& end) {
    for (const auto& [kind, prefix] : kPrefixes)
        if (kind == end.kind) return std::string(prefix) + end.id;
    return {};
}

std::optional<RelationEnd> parse_relation_end(std::string_view text) {
    for (const auto& [kind, prefix] : kPrefixes)
        if (text.starts_with(prefix) && text.size() > prefix.size())
            return RelationEnd{kind, std::string(text.substr(prefix.size()))};
    return std::nullopt;
}

}  // namespace cambist
