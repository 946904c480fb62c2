// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <deque>
#include <span>
#include <thread>
#include <vector>

#include "base/guarded.h"

namespace cambist::http {

// Something a worker does to its end. Whoever made it keeps it alive until then.
class Job {
  public:
    virtual ~Job() = default;
    virtual void run() noexcept = 0;
};

// A fixed number of threads behind a bounded queue. No more of them work at a time than there are
// cores, since more would only take turns. Who waits for something (base/waiting.h) does not count;
// and when no job has been begun for a while, those at work seem to wait without saying so, and one
// more is called.
class WorkerPool {
  public:
    // `at_work` is how many may work at a time; 0: as many as this process has cores.
    WorkerPool(std::size_t workers, std::size_t queue_length, std::size_t at_work = 0);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    ~WorkerPool() { stop(); }

    // Takes jobs from the front while there is room and says how many; one lock and few wake-ups
    // for all of them. Any thread.
    std::size_t submit(std::span<Job* const> jobs);
    // Before all others and beyond the bound: for the few jobs that must not wait for the many.
    bool submit_first(Job& job);
    // Calls one more worker if nothing moves. While jobs wait (it says how many), ask again after
    // kPatience; whoever submits has to. Any thread.
    std::size_t mend_stall();
    static constexpr std::chrono::milliseconds kPatience{1};
    // Runs what is queued, then ends the threads.
    void stop();

  private:
    // Where one worker waits to be called.
    using Seat = Guarded<bool>;
    class Absence;
    struct Queue {
        std::deque<Job*> jobs;
        std::vector<const Seat*> idle;  // who came last is called first: its caches are warm
        std::size_t at_work = 0;
        std::chrono::steady_clock::time_point moved;  // when a job was begun last
        bool stopping = false;
        Job* take();
        const Seat* call();
    };
    void work(const Seat& seat);
    Job* next_job(const Seat& seat);
    void leave();
    void come_back();
    static void wake(const Seat* seat);

    const std::size_t bound_;
    const std::size_t most_at_work_;
    Guarded<Queue> queue_;
    std::deque<Seat> seats_;  // outlive the threads: who wakes one may still be at its seat
    std::vector<std::thread> threads_;
};

// Blocks all signals for the calling thread: they belong to whoever waits for them.
void block_signals();

}  // namespace cambist::http
