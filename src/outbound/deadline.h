// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <chrono>

namespace cambist::outbound {

// One end for everything that a call does.
class Deadline {
  public:
    explicit Deadline(std::chrono::milliseconds timeout)
        : end_(std::chrono::steady_clock::now() + timeout) {}

    // Milliseconds that are left, as poll() takes them; 0 when it is over.
    int left() const {
        const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(
            end_ - std::chrono::steady_clock::now());
        return static_cast<int>(std::clamp<long>(rest.count(), 0, 600'000));
    }

  private:
    std::chrono::steady_clock::time_point end_;
};

}  // namespace cambist::outbound
