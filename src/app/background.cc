// SPDX-License-Identifier: Apache-2.0
#include "app/background.h"

#include <utility>

namespace cambist::app {

Background::Background(std::chrono::milliseconds interval, Work work)
    : interval_(interval),
      work_(std::move(work)),
      thread_([this](const std::stop_token& stop) { serve(stop); }) {}

Background::~Background() {
    thread_.request_stop();
    state_.change([](State& state) { state.is_stopping = true; });
}

void Background::wake() const {
    state_.change([](State& state) { state.is_woken = true; });
}

void Background::serve(const std::stop_token& stop) const {
    while (!stop.stop_requested()) {
        work_(stop);
        state_.wait_for(
            interval_, [](const State& state) { return state.is_woken || state.is_stopping; },
            [](State& state) { state.is_woken = false; });
    }
}

}  // namespace cambist::app
