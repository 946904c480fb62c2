// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <thread>

#include "base/guarded.h"

namespace cambist::app {

// Does something again and again on a thread of its own: at once, at each interval, and when it is
// woken. Make it after http::Signals, so that no signal ends up there.
class Background {
  public:
    // What takes long looks at the token now and then and ends soon.
    using Work = std::function<void(const std::stop_token&)>;

    Background(std::chrono::milliseconds interval, Work work);
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;
    ~Background();  // waits for the work that is under way

    void wake() const;  // any thread

  private:
    struct State {
        bool is_woken = false;
        bool is_stopping = false;
    };
    void serve(const std::stop_token& stop) const;

    const std::chrono::milliseconds interval_;
    const Work work_;
    Guarded<State> state_;
    std::jthread thread_;
};

}  // namespace cambist::app
