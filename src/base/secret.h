// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

namespace cambist {

// Bytes that are never printed, never compared in variable time, and wiped when done. Moves, never
// copies by accident (clone() says so). A vector, not a string: moving a short string would leave
// its bytes behind.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
    Secret(Secret&&) noexcept = default;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret clone() const { return Secret(expose()); }
    bool empty() const { return bytes_.empty(); }
    // Every use of the bytes is found by searching for this name.
    std::string_view expose() const { return {bytes_.data(), bytes_.size()}; }
    friend bool operator==(const Secret& a, const Secret& b);

  private:
    std::vector<char> bytes_;
};

// Compares without telling by its time where the two differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace cambist
