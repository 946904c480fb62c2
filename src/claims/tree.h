// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/writer.h"

namespace cambist::claims {

// Where a claim stands: "realm_access", "roles". Views must outlive the tree.
using PathView = std::span<const std::string_view>;

// Collects claims that several mappers write to places within each other, then writes them in one
// go. Values are JSON text in one buffer, so it costs three allocations however much it holds. Of
// two values for one place the later one stays. For one thread.
class ClaimTree {
  public:
    ClaimTree();

    // write(std::string&) appends one JSON value, or returns false and has appended nothing.
    template <class Write>
    void set(PathView path, Write&& write) {
        const auto begin = text_.size();
        if (!write(text_)) return;
        put(path, begin);
    }
    void set_string(PathView path, std::string_view value);

    // The list of strings at a place: made if it is not there, else the strings are added to it
    // that it does not have yet.
    class List {
      public:
        // `prefix` and `value` make one string.
        void add(std::string_view prefix, std::string_view value);

      private:
        friend class ClaimTree;
        List(ClaimTree& tree, std::uint32_t node, bool merges)
            : tree_(tree), node_(node), merges_(merges) {}
        ClaimTree& tree_;
        std::uint32_t node_;
        bool merges_;
    };
    List list(PathView path);

    // Keeps a text for as long as the tree, for use in a path.
    std::string_view own(std::string text) { return owned_.emplace_back(std::move(text)); }

    // Writes the claims that `wanted(name)` into the open object of `out`.
    template <class Wanted>
    void write(json::Writer& out, Wanted&& wanted) const {
        for (auto child = nodes_[0].first; child != 0; child = nodes_[child].next) {
            if (wanted(nodes_[child].key)) write_node(out, child);
        }
    }

  private:
    enum class Kind : std::uint8_t { kObject, kValue, kList };
    struct Node {
        std::string_view key;
        std::size_t begin = 0;  // of its value in text_
        std::size_t end = 0;
        std::uint32_t first = 0;  // child; 0: none
        std::uint32_t last = 0;
        std::uint32_t next = 0;  // sibling
        Kind kind = Kind::kObject;
    };

    void put(PathView path, std::size_t begin);
    std::uint32_t place(PathView path);
    std::uint32_t add_child(std::uint32_t parent, std::string_view key);
    std::uint32_t child(std::uint32_t parent, std::string_view key) const;
    void become(std::uint32_t node, Kind kind);
    std::string_view value_of(const Node& node) const;
    void write_node(json::Writer& out, std::uint32_t index) const;

    std::vector<Node> nodes_;  // the first is the root
    std::string text_;
    std::list<std::string> owned_;
};

}  // namespace cambist::claims
