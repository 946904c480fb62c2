// SPDX-License-Identifier: Apache-2.0
#include "http/pool.h"

#include <sched.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX, not C

#include <algorithm>
#include <array>

#include "base/together.h"
#include "base/waiting.h"

namespace cambist::http {

void block_signals() {
    sigset_t all;
    sigfillset(&all);
    // A fault of this very thread must still end the process, with a report.
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP})
        sigdelset(&all, fault);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

namespace {

// Of the machine, as far as this process may use them.
std::size_t cores() {
    cpu_set_t mine;
    CPU_ZERO(&mine);
    if (::sched_getaffinity(0, sizeof(mine), &mine) != 0) return 1;
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&mine)));
}

}  // namespace

WorkerPool::WorkerPool(std::size_t workers, std::size_t queue_length, std::size_t at_work)
    : bound_(queue_length), most_at_work_(at_work > 0 ? at_work : cores()) {
    queue_.with([&](Queue& queue) { queue.idle.reserve(workers); });
    threads_.reserve(workers);
    for (std::size_t i = 0; i < workers; ++i)
        threads_.emplace_back([this, &seat = seats_.emplace_back(false)] {
            block_signals();
            work(seat);
        });
}

std::size_t WorkerPool::submit(std::span<Job* const> jobs) {
    std::size_t taken = 0;
    std::array<const Seat*, 8> called{};
    queue_.with([&](Queue& queue) {
        // A job for which a thread stands ready does not wait, so it needs no room in the queue.
        const auto most = bound_ + queue.idle.size();
        const auto room = most - std::min(most, queue.jobs.size());
        taken = queue.stopping ? 0 : std::min(jobs.size(), room);
        // Nothing had to move while there was nothing to do.
        if (queue.jobs.empty()) queue.moved = std::chrono::steady_clock::now();
        queue.jobs.insert(queue.jobs.end(), jobs.begin(),
                          jobs.begin() + static_cast<std::ptrdiff_t>(taken));
        for (std::size_t i = 0; i < std::min(taken, called.size()); ++i)
            if (queue.at_work < most_at_work_) called.at(i) = queue.call();
    });
    for (const auto* seat : called) wake(seat);
    return taken;
}

bool WorkerPool::submit_first(Job& job) {
    const Seat* called = nullptr;
    const bool is_taken = queue_.with([&](Queue& queue) {
        if (queue.stopping) return false;
        queue.jobs.push_front(&job);
        called = queue.call();
        return true;
    });
    wake(called);
    return is_taken;
}

std::size_t WorkerPool::mend_stall() {
    const Seat* called = nullptr;
    const auto waiting = queue_.with([&](Queue& queue) {
        if (queue.jobs.empty()) return std::size_t{0};
        const auto now = std::chrono::steady_clock::now();
        if (now - queue.moved >= kPatience) {
            called = queue.call();
            queue.moved = now;
        }
        return queue.jobs.size();
    });
    wake(called);
    return waiting;
}

Job* WorkerPool::Queue::take() {
    if (jobs.empty()) return nullptr;
    Job* const next = jobs.front();
    jobs.pop_front();
    moved = std::chrono::steady_clock::now();
    return next;
}

const WorkerPool::Seat* WorkerPool::Queue::call() {
    if (jobs.empty() || idle.empty()) return nullptr;
    const auto* const seat = idle.back();
    idle.pop_back();
    ++at_work;
    return seat;
}

void WorkerPool::wake(const Seat* seat) {
    if (seat != nullptr) seat->change_one([](bool& called) { called = true; });
}

// Of the calling thread, who is at work, until it has no more to do.
Job* WorkerPool::next_job(const Seat& seat) {
    bool was_called = false;  // then it is wanted, however many are at work
    while (true) {
        bool is_over = false;
        Job* const job = queue_.with([&](Queue& queue) -> Job* {
            const bool is_one_too_many =
                !was_called && queue.at_work > most_at_work_ && !queue.stopping;
            Job* const next = is_one_too_many ? nullptr : queue.take();
            if (next != nullptr) return next;
            --queue.at_work;
            is_over = queue.stopping;
            if (!is_over) queue.idle.push_back(&seat);
            return nullptr;
        });
        if (job != nullptr || is_over) return job;
        Together::wake_all();
        seat.wait([](const bool& called) { return called; }, [](bool& called) { called = false; });
        was_called = true;
    }
}

// While a worker waits another may work in its place.
class WorkerPool::Absence final : public WaitWatcher {
  public:
    explicit Absence(WorkerPool& pool) : pool_(pool) {}
    void on_wait() noexcept override { pool_.leave(); }
    void on_go_on() noexcept override { pool_.come_back(); }

  private:
    WorkerPool& pool_;
};

void WorkerPool::leave() {
    const Seat* called = nullptr;
    queue_.with([&](Queue& queue) {
        --queue.at_work;
        if (queue.at_work < most_at_work_) called = queue.call();
    });
    wake(called);
}

void WorkerPool::come_back() {
    queue_.with([](Queue& queue) { ++queue.at_work; });
}

void WorkerPool::work(const Seat& seat) {
    Absence absence(*this);
    come_back();
    // Commits and the network are woken when this thread has nothing more to do, or at times.
    constexpr std::chrono::microseconds kAtTimes{1000};
    Together together;
    while (Job* const job = next_job(seat)) {
        const WatchWaits watch(absence);
        job->run();
        together.wake_after(kAtTimes);
    }
}

void WorkerPool::stop() {
    std::vector<const Seat*> idle;
    queue_.with([&](Queue& queue) {
        queue.stopping = true;
        queue.at_work += queue.idle.size();
        idle.swap(queue.idle);
    });
    for (const auto* seat : idle) wake(seat);
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

}  // namespace cambist::http
