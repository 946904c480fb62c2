// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>

#include "base/guarded.h"
#include "base/result.h"

namespace cambist::identity {

// Lets a bounded number of password hashes run at a time and a bounded number wait. Any thread.
class HashGate {
  public:
    HashGate(std::size_t at_a_time, std::size_t max_waiting, std::chrono::milliseconds max_wait)
        : at_a_time_(at_a_time), max_waiting_(max_waiting), max_wait_(max_wait) {}

    // A place in the gate, given back at the end of its life.
    class Pass {
      public:
        explicit Pass(const HashGate& gate) : gate_(&gate) {}
        Pass(Pass&& other) noexcept : gate_(other.gate_) { other.gate_ = nullptr; }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        Pass& operator=(Pass&&) = delete;
        ~Pass();

      private:
        const HashGate* gate_;
    };
    // kOverloaded when too many wait already, or the wait was too long.
    Result<Pass> enter() const;
    std::size_t waiting() const {
        return state_.with([](const State& state) { return state.waiting; });
    }

  private:
    struct State {
        std::size_t running = 0;
        std::size_t waiting = 0;
    };
    const std::size_t at_a_time_;
    const std::size_t max_waiting_;
    const std::chrono::milliseconds max_wait_;
    Guarded<State> state_;
};

}  // namespace cambist::identity
