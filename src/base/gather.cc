// SPDX-License-Identifier: Apache-2.0
#include "base/gather.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace cambist {
namespace {

// As the kernel has it (sched_setattr(2)); the C library of Debian 12 does not.
struct Attributes {
    std::uint32_t size = sizeof(Attributes);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0, deadline = 0, period = 0;  // nanoseconds
};
constexpr std::chrono::milliseconds kMemory{100};
std::atomic<std::chrono::steady_clock::rep> last_crowd{0};

constexpr std::int32_t kThird = 5;  // nice
constexpr std::uint64_t kReset = 0;
constexpr std::uint64_t kShort = 100'000;  // nanoseconds, the least there is

// Of this thread. Linux since 6.12 takes a short turn at once for who asks for short ones, in place
// of waiting until the turn of another has ended, which takes up to 4 ms; older ones look at the
// policy only.
void set_policy(int policy, std::uint64_t turn, std::int32_t nice = 0) {
    Attributes attributes;
    if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) != 0) return;
    attributes.size = sizeof(attributes);
    attributes.policy = static_cast<std::uint32_t>(policy);
    attributes.runtime = turn;
    if (nice != 0) attributes.nice = std::max(attributes.nice, nice);
    static_cast<void>(::syscall(SYS_sched_setattr, 0, &attributes, 0));
}

}  // namespace

void Gatherer::note(bool is_crowded) {
    // Whoever started the server under another policy than the usual one has chosen it.
    thread_local const bool is_usual = ::sched_getscheduler(0) == SCHED_OTHER;
    if (!is_usual) return;
    thread_local bool is_new = true;
    if (is_new) {
        is_new = false;
        set_policy(SCHED_OTHER, kShort);
    }
    if (!is_crowded && !gathers_) return;
    const auto now = std::chrono::steady_clock::now();
    if (is_crowded) last_ = now;
    const bool gathers = now - last_ < kMemory;
    if (gathers == gathers_) return;
    gathers_ = gathers;
    set_policy(gathers ? SCHED_BATCH : SCHED_OTHER, gathers ? kReset : kShort);
}

void Gatherer::tell_crowd() {
    last_crowd.store(std::chrono::steady_clock::now().time_since_epoch().count(),
                     std::memory_order_relaxed);
}

bool Gatherer::is_told_crowd() {
    const std::chrono::steady_clock::duration last(last_crowd.load(std::memory_order_relaxed));
    return last.count() != 0 &&
           std::chrono::steady_clock::now().time_since_epoch() - last < kMemory;
}

void gather_always() { set_policy(SCHED_BATCH, kReset); }
void give_way() { set_policy(SCHED_BATCH, kReset, kThird); }

}  // namespace cambist
