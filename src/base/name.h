// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace cambist {

// A string that means one thing: a ClientId is not a UserId. A value type.
template <class Tag>
class Name {
  public:
    Name() = default;
    explicit Name(std::string text) : text_(std::move(text)) {}
    explicit Name(std::string_view text) : text_(text) {}
    explicit Name(const char* text) : text_(text) {}
    const std::string& text() const { return text_; }
    bool empty() const { return text_.empty(); }
    friend auto operator<=>(const Name&, const Name&) = default;

  private:
    std::string text_;
};

}  // namespace cambist

template <class Tag>
struct std::hash<cambist::Name<Tag>> {
    std::size_t operator()(const cambist::Name<Tag>& name) const noexcept {
        return std::hash<std::string>{}(name.text());
    }
};
