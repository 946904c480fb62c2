// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <mutex>
#include <utility>

namespace cambist {

// A value that can only be reached under its lock. The only place with a mutex in the project.
template <class T>
class Guarded {
  public:
    explicit Guarded(T value = {}) : value_(std::move(value)) {}
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    template <class Use>
    decltype(auto) with(Use&& use) const {
        const std::scoped_lock lock(mutex_);
        return std::forward<Use>(use)(value_);
    }

    // Changes the value, then wakes everyone in wait() / wait_until().
    template <class Use>
    void change(Use&& use) const {
        {
            const std::scoped_lock lock(mutex_);
            std::forward<Use>(use)(value_);
        }
        changed_.notify_all();
    }
    // Like change(), but wakes a single waiter.
    template <class Use>
    void change_one(Use&& use) const {
        {
            const std::scoped_lock lock(mutex_);
            std::forward<Use>(use)(value_);
        }
        changed_.notify_one();
    }

    // Waits until ready(value), then returns use(value), all under the lock.
    template <class Ready, class Use>
    decltype(auto) wait(Ready&& ready, Use&& use) const {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ready(value_); });
        return std::forward<Use>(use)(value_);
    }
    // As wait(), but goes on after the time-out whether ready or not.
    template <class Duration, class Ready, class Use>
    decltype(auto) wait_for(Duration timeout, Ready&& ready, Use&& use) const {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, timeout, [&] { return ready(value_); });
        return std::forward<Use>(use)(value_);
    }

  private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    mutable T value_;
};

}  // namespace cambist
