// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "base/together.h"
#include "base/waiting.h"
#include "store/store.h"

namespace cambist::store {

// Where writes wait for the one thread that does them in groups, and their callers for the end:
// group commit, as the backends share it. Thread-safe; take_group() and finish() are the writer's.
template <class What>
class WriteQueue {
  public:
    // Where one waits for the end; shared, because the waiter may be gone before the waker is.
    using Ticket = std::shared_ptr<Guarded<std::optional<Status>>>;
    struct Task {
        What what;
        Ticket ticket;   // null: nobody waits
        Committed done;  // null: nobody is told
    };

    explicit WriteQueue(std::size_t most) : most_(most) {}
    WriteQueue(const WriteQueue&) = delete;
    WriteQueue& operator=(const WriteQueue&) = delete;

    // Returns when the writer has finished with it; kOverloaded when too much waits.
    Status submit(What what) const {
        auto ticket = std::make_shared<Guarded<std::optional<Status>>>();
        Task task{std::move(what), ticket, nullptr};
        if (!enqueue(task)) return full();
        const Waiting waiting;  // wakes the writer, too
        return ticket->wait([](const auto& done) { return done.has_value(); },
                            [](auto& done) { return *std::move(done); });
    }

    // Returns at once; `done` runs on the writer's thread, or here when the queue is full.
    void submit_then(What what, Committed done) const {
        Task task{std::move(what), nullptr, std::move(done)};
        if (!enqueue(task)) task.done(full());
    }

    // Returns at once, unless the queue is full.
    void submit_later(What what) const {
        queue_->wait(
            [&](const Queue& queue) {
                // The writer itself comes here from a commit's end, and nobody else would make
                // room for it.
                return queue.tasks.size() < most_ || queue.writer == std::this_thread::get_id();
            },
            [&](Queue& queue) { queue.tasks.push_back({std::move(what), nullptr, nullptr}); });
        Together::wake_later(writer_);
    }

    // No more will come; the writer finishes what waits.
    void stop() const {
        queue_->change([](Queue& queue) { queue.stopping = true; });
    }

    // Waits for something to do; nothing after stop(), when all is done.
    std::vector<Task> take_group(std::size_t most_in_group) const {
        std::vector<Task> group;
        bool was_full = false;
        queue_->wait(
            [](const Queue& queue) { return !queue.tasks.empty() || queue.stopping; },
            [&](Queue& queue) {
                queue.is_woken = false;
                auto& tasks = queue.tasks;
                queue.writer = std::this_thread::get_id();
                was_full = tasks.size() >= most_;
                const auto end = tasks.begin() +
                                 static_cast<std::ptrdiff_t>(std::min(tasks.size(), most_in_group));
                group.assign(std::make_move_iterator(tasks.begin()), std::make_move_iterator(end));
                tasks.erase(tasks.begin(), end);
            });
        if (was_full) queue_->change([](Queue&) {});  // wakes who waits for room
        return group;
    }

    // Tells whoever is to be told; false when that is nobody.
    static bool finish(Task& task, Status status) {
        if (task.done) {
            task.done(std::move(status));
        } else if (task.ticket) {
            task.ticket->change_one([&](auto& done) { done = std::move(status); });
        } else {
            return false;
        }
        return true;
    }

  private:
    struct Queue {
        std::vector<Task> tasks;
        bool stopping = false;
        bool is_woken = false;  // the writer, since it took a group
        std::thread::id writer;
    };

    // Shared with whoever wakes the writer later.
    using Shared = std::shared_ptr<const Guarded<Queue>>;
    class WriterWaker final : public Waker {
      public:
        explicit WriterWaker(Shared queue) : queue_(std::move(queue)) {}
        void wake() const noexcept override {
            const bool is_needed = queue_->with([](Queue& queue) {
                return !queue.tasks.empty() && !std::exchange(queue.is_woken, true);
            });
            if (is_needed) queue_->change([](Queue&) {});
        }

      private:
        Shared queue_;
    };

    static Status full() {
        return fail(ErrorCode::kOverloaded, "too many writes wait for the disk");
    }
    // False, and the task untouched, when the queue is full.
    bool enqueue(Task& task) const {
        bool is_full = false;
        bool is_woken = false;
        queue_->with([&](Queue& queue) {
            is_full = queue.tasks.size() >= most_;
            is_woken = queue.is_woken;
            if (!is_full) queue.tasks.push_back(std::move(task));
        });
        // Once the writer is on its way it takes all that there is.
        if (!is_full && !is_woken) Together::wake_later(writer_);
        return !is_full;
    }

    const std::size_t most_;
    const Shared queue_ = std::make_shared<const Guarded<Queue>>();
    const std::shared_ptr<const Waker> writer_ = std::make_shared<const WriterWaker>(queue_);
};

}  // namespace cambist::store
