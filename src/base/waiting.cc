// SPDX-License-Identifier: Apache-2.0
#include "base/waiting.h"

#include <utility>

#include "base/together.h"

namespace cambist {
namespace {

WaitWatcher*& watcher_of_this_thread() {
    thread_local WaitWatcher* watcher = nullptr;
    return watcher;
}

}  // namespace

WatchWaits::WatchWaits(WaitWatcher& watcher) { watcher_of_this_thread() = &watcher; }
WatchWaits::~WatchWaits() { watcher_of_this_thread() = nullptr; }

// A wait within a wait is one wait.
Waiting::Waiting() : watcher_(std::exchange(watcher_of_this_thread(), nullptr)) {
    Together::wake_all();
    if (watcher_ != nullptr) watcher_->on_wait();
}
Waiting::~Waiting() {
    if (watcher_ == nullptr) return;
    watcher_->on_go_on();
    watcher_of_this_thread() = watcher_;
}

}  // namespace cambist
