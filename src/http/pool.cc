// SPDX-License-Identifier: Apache-2.0
#include "http/pool.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX, not C

#include <algorithm>

namespace cambist::http {

void block_signals() {
    sigset_t all;
    sigfillset(&all);
    // A fault of this very thread must still end the process, with a report.
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP})
        sigdelset(&all, fault);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

WorkerPool::WorkerPool(std::size_t workers, std::size_t queue_length) : bound_(queue_length) {
    threads_.reserve(workers);
    for (std::size_t i = 0; i < workers; ++i)
        threads_.emplace_back([this] {
            block_signals();
            work();
        });
}

std::size_t WorkerPool::submit(std::span<Job* const> jobs) {
    std::size_t taken = 0;
    const bool wake = queue_.with([&](Queue& queue) {
        // A job for which a thread stands ready does not wait, so it needs no room in the queue.
        const auto room = bound_ + queue.idle - std::min(bound_ + queue.idle, queue.jobs.size());
        taken = queue.stopping ? 0 : std::min(jobs.size(), room);
        queue.jobs.insert(queue.jobs.end(), jobs.begin(),
                          jobs.begin() + static_cast<std::ptrdiff_t>(taken));
        return queue.begin_waking();
    });
    if (wake) wake_one();
    return taken;
}

// At most one worker is on its way at a time, and it wakes the next: the network loop pays for one
// wake-up only, and short jobs are done by the workers that are awake instead of waking all.
bool WorkerPool::Queue::begin_waking() {
    if (jobs.empty() || idle == 0 || waking) return false;
    waking = true;
    return true;
}

Job* WorkerPool::Queue::take() {
    if (jobs.empty()) return nullptr;
    Job* const next = jobs.front();
    jobs.pop_front();
    return next;
}

void WorkerPool::wake_one() {
    queue_.change_one([](Queue&) {});
}

Job* WorkerPool::next_job() {
    bool wake = false;
    Job* job = queue_.with([&](Queue& queue) {
        Job* const next = queue.take();
        if (next == nullptr) ++queue.idle;
        wake = queue.begin_waking();
        return next;
    });
    if (job == nullptr) {
        job = queue_.wait(
            [](Queue& queue) {
                queue.waking = false;  // whoever was woken has come this far, job or not
                return queue.stopping || !queue.jobs.empty();
            },
            [&](Queue& queue) {
                --queue.idle;
                Job* const next = queue.take();
                wake = queue.begin_waking();
                return next;
            });
    }
    if (wake) wake_one();
    return job;
}

void WorkerPool::work() {
    while (Job* const job = next_job()) job->run();
}

void WorkerPool::stop() {
    queue_.change([](Queue& queue) { queue.stopping = true; });
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

}  // namespace cambist::http
