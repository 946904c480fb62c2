// SPDX-License-Identifier: Apache-2.0
#include "base/gather.h"

#include <sched.h>

namespace cambist {
namespace {

void set_policy(int policy) {
    const sched_param none{};
    static_cast<void>(::sched_setscheduler(0, policy, &none));  // 0: this thread
}

}  // namespace

void Gatherer::note(bool is_crowded) {
    if (!is_crowded && !gathers_) return;
    const auto now = std::chrono::steady_clock::now();
    if (is_crowded) last_ = now;
    const bool gathers = now - last_ < kMemory;
    if (gathers == gathers_) return;
    gathers_ = gathers;
    set_policy(gathers ? SCHED_BATCH : SCHED_OTHER);
}

void gather_always() { set_policy(SCHED_BATCH); }

}  // namespace cambist
