// SPDX-License-Identifier: Apache-2.0
#include "claims/tree.h"

namespace cambist::claims {

ClaimTree::ClaimTree() {
    nodes_.reserve(48);
    text_.reserve(1024);
    nodes_.emplace_back();
}

std::uint32_t ClaimTree::child(std::uint32_t parent, std::string_view key) const {
    auto at = nodes_[parent].first;
    while (at != 0 && nodes_[at].key != key) at = nodes_[at].next;
    return at;
}

std::uint32_t ClaimTree::add_child(std::uint32_t parent, std::string_view key) {
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back(Node{.key = key});
    auto& above = nodes_[parent];
    (above.last == 0 ? above.first : nodes_[above.last].next) = index;
    above.last = index;
    return index;
}

void ClaimTree::become(std::uint32_t node, Kind kind) {
    auto& changed = nodes_[node];
    if (changed.kind == kind) return;
    changed.kind = kind;
    changed.first = changed.last = 0;
}

std::uint32_t ClaimTree::place(PathView path) {
    std::uint32_t at = 0;
    for (const auto segment : path) {
        become(at, Kind::kObject);
        const auto below = child(at, segment);
        at = below != 0 ? below : add_child(at, segment);
    }
    return at;
}

void ClaimTree::put(PathView path, std::size_t begin) {
    const auto node = place(path);
    become(node, Kind::kValue);
    nodes_[node].begin = begin;
    nodes_[node].end = text_.size();
}

void ClaimTree::set_string(PathView path, std::string_view value) {
    const auto begin = text_.size();
    json::append_string(text_, value);
    put(path, begin);
}

ClaimTree::List ClaimTree::list(PathView path) {
    const auto node = place(path);
    become(node, Kind::kList);
    return {*this, node, nodes_[node].first != 0};
}

void ClaimTree::List::add(std::string_view prefix, std::string_view value) {
    auto& text = tree_.text_;
    const auto begin = text.size();
    if (prefix.empty()) {
        json::append_string(text, value);
    } else {
        json::append_string(text, std::string(prefix).append(value));
    }
    const auto written = std::string_view(text).substr(begin);
    for (auto at = merges_ ? tree_.nodes_[node_].first : 0; at != 0; at = tree_.nodes_[at].next) {
        if (tree_.value_of(tree_.nodes_[at]) != written) continue;
        text.resize(begin);
        return;
    }
    auto& item = tree_.nodes_[tree_.add_child(node_, {})];
    item.kind = Kind::kValue;
    item.begin = begin;
    item.end = text.size();
}

std::string_view ClaimTree::value_of(const Node& node) const {
    return std::string_view(text_).substr(node.begin, node.end - node.begin);
}

// As deep as the longest claim name, which is bounded where it is parsed.
void ClaimTree::write_node(json::Writer& out, std::uint32_t index) const {
    const auto& node = nodes_[index];
    if (!node.key.empty()) out.key(node.key);
    if (node.kind == Kind::kValue) {
        out.raw(value_of(node));
        return;
    }
    const bool is_list = node.kind == Kind::kList;
    is_list ? out.begin_array() : out.begin_object();
    for (auto at = node.first; at != 0; at = nodes_[at].next) write_node(out, at);
    is_list ? out.end_array() : out.end_object();
}

}  // namespace cambist::claims
