// SPDX-License-Identifier: Apache-2.0
#include "http/pool.h"

#include <signal.h>

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
    queue_.change_one([&](Queue& queue) {
        // A job for which a thread stands ready does not wait, so it needs no room in the queue.
        const auto room = bound_ + queue.idle - std::min(bound_ + queue.idle, queue.jobs.size());
        taken = queue.stopping ? 0 : std::min(jobs.size(), room);
        queue.jobs.insert(queue.jobs.end(), jobs.begin(),
                          jobs.begin() + static_cast<std::ptrdiff_t>(taken));
    });
    return taken;
}

std::size_t WorkerPool::waiting() const {
    return queue_.with([](const Queue& queue) { return queue.jobs.size(); });
}

void WorkerPool::work() {
    for (;;) {
        bool more = false;
        queue_.with([](Queue& queue) { ++queue.idle; });
        Job* const job =
            queue_.wait([](const Queue& queue) { return queue.stopping || !queue.jobs.empty(); },
                        [&](Queue& queue) -> Job* {
                            --queue.idle;
                            if (queue.jobs.empty()) return nullptr;
                            Job* const next = queue.jobs.front();
                            queue.jobs.pop_front();
                            more = !queue.jobs.empty() && queue.idle > 0;
                            return next;
                        });
        if (job == nullptr) return;
        // Each worker wakes the next one: the network loop pays for one wake-up only.
        if (more) queue_.change_one([](Queue&) {});
        job->run();
    }
}

void WorkerPool::stop() {
    queue_.change([](Queue& queue) { queue.stopping = true; });
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

}  // namespace cambist::http
