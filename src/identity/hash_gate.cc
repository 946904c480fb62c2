// SPDX-License-Identifier: Apache-2.0
#include "identity/hash_gate.h"

#include "base/waiting.h"

namespace cambist::identity {

HashGate::Pass::~Pass() {
    if (gate_ != nullptr) gate_->state_.change_one([](State& state) { --state.running; });
}

Result<HashGate::Pass> HashGate::enter() const {
    const bool queued = state_.with([&](State& state) {
        // Whoever waits already goes first, so a newcomer may not overtake by luck of timing.
        if (state.running + state.waiting >= at_a_time_ + max_waiting_) return false;
        ++state.waiting;
        return true;
    });
    if (!queued) return fail(ErrorCode::kOverloaded, "Too many passwords wait to be checked.");
    const Waiting waiting;
    const bool entered = state_.wait_for(
        max_wait_, [&](const State& state) { return state.running < at_a_time_; },
        [&](State& state) {
            --state.waiting;
            if (state.running >= at_a_time_) return false;
            ++state.running;
            return true;
        });
    if (!entered) return fail(ErrorCode::kOverloaded, "A password waited too long to be checked.");
    return Pass(*this);
}

}  // namespace cambist::identity
