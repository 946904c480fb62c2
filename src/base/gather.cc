// SPDX-License-Identifier: Apache-2.0
#include "base/gather.h"

#include <sched.h>

#include <atomic>

namespace cambist {
namespace {

std::atomic<bool> crowd_is_there{false};

// Of this thread.
void set_policy(int policy) {
    const sched_param none{};
    static_cast<void>(::sched_setscheduler(0, policy, &none));
}

}  // namespace

void Crowd::see(std::size_t waiting, Time now) {
    constexpr std::size_t kFew = 8, kMany = 32;
    constexpr std::chrono::milliseconds kLong{20}, kMemory{100};
    if (waiting <= kFew) few_ = now;
    if (waiting > kMany) many_ = now;
    const bool was_there = is_there();
    const bool is = was_there ? now - many_ < kMemory : waiting > kMany && now - few_ >= kLong;
    if (is != was_there) crowd_is_there.store(is, std::memory_order_relaxed);
}

bool Crowd::is_there() { return crowd_is_there.load(std::memory_order_relaxed); }

void Gatherer::follow_crowd() {
    // Whoever started the server under another policy than the usual one has chosen it.
    thread_local const bool is_usual = ::sched_getscheduler(0) == SCHED_OTHER;
    if (!is_usual || Crowd::is_there() == gathers_) return;
    gathers_ = !gathers_;
    set_policy(gathers_ ? SCHED_BATCH : SCHED_OTHER);
}

void gather_always() { set_policy(SCHED_BATCH); }

}  // namespace cambist
