// SPDX-License-Identifier: Apache-2.0
#include "base/together.h"

#include <algorithm>

namespace cambist {
namespace {

Together*& of_this_thread() {
    thread_local Together* together = nullptr;
    return together;
}

}  // namespace

Together::Together() : is_outermost_(of_this_thread() == nullptr) {
    if (is_outermost_) of_this_thread() = this;
}

Together::~Together() {
    if (!is_outermost_) return;
    wake();
    of_this_thread() = nullptr;
}

void Together::wake() noexcept {
    for (const auto& waker : wakers_) waker->wake();
    wakers_.clear();
}

void Together::wake_after(std::chrono::microseconds age) noexcept {
    if (!wakers_.empty() && std::chrono::steady_clock::now() - since_ >= age) wake();
}

void Together::wake_later(const std::shared_ptr<const Waker>& waker) {
    auto* const together = of_this_thread();
    if (together == nullptr) return waker->wake();
    auto& wakers = together->wakers_;
    if (std::ranges::find(wakers, waker) != wakers.end()) return;
    if (wakers.empty()) together->since_ = std::chrono::steady_clock::now();
    wakers.push_back(waker);
}

void Together::wake_all() noexcept {
    if (auto* const together = of_this_thread()) together->wake();
}

}  // namespace cambist
