// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <memory>
#include <vector>

namespace cambist {

// Wakes a thread that waits for work. Any thread may call it, also when there is nothing to do.
class Waker {
  public:
    virtual ~Waker() = default;
    virtual void wake() const noexcept = 0;
};

// Lives while a thread does many small things of which each would wake another thread: the others
// are woken once, at the end, and find all of it. Woken at the first of them they would push this
// thread aside for each. Before a wait (base/waiting.h) they are woken too. For one thread.
class Together {
  public:
    Together();
    Together(const Together&) = delete;
    Together& operator=(const Together&) = delete;
    ~Together();

    // Wakes whom it was put off for; with `age`, only when that was so long ago.
    void wake() noexcept;
    void wake_after(std::chrono::microseconds age) noexcept;

    // Now, or with others when the calling thread gathers.
    static void wake_later(const std::shared_ptr<const Waker>& waker);
    // Before the calling thread waits.
    static void wake_all() noexcept;

  private:
    std::vector<std::shared_ptr<const Waker>> wakers_;
    std::chrono::steady_clock::time_point since_;
    bool is_outermost_;
};

}  // namespace cambist
