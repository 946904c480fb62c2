// SPDX-License-Identifier: Apache-2.0
#pragma once
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

// A fixed number of threads behind a bounded queue.
class WorkerPool {
  public:
    WorkerPool(std::size_t workers, std::size_t queue_length);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    ~WorkerPool() { stop(); }

    // Takes jobs from the front while there is room and says how many; one lock and one wake-up for
    // all of them. Any thread.
    std::size_t submit(std::span<Job* const> jobs);
    // Runs what is queued, then ends the threads.
    void stop();

  private:
    struct Queue {
        std::deque<Job*> jobs;
        std::size_t idle = 0;
        bool waking = false;  // a worker was woken and has not come yet
        bool stopping = false;
        bool begin_waking();
        Job* take();
    };
    void work();
    Job* next_job();
    void wake_one();

    const std::size_t bound_;
    Guarded<Queue> queue_;
    std::vector<std::thread> threads_;
};

// Blocks all signals for the calling thread: they belong to whoever waits for them.
void block_signals();

}  // namespace cambist::http
