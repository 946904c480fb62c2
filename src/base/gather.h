// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>

namespace cambist {

// Whether more comes than is done, of the whole process: told by who sees the work come in. A
// backlog that is gone soon, as after a slow moment of the disk, is none: to change for a moment
// how threads take turns costs more than it saves. Each network loop has one; all see one queue.
class Crowd {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // How many wait just now.
    void see(std::size_t waiting, Time now);
    static bool is_there();  // any thread

  private:
    Time few_;   // when no more than a few waited last
    Time many_;  // when many did
};

// How a thread that serves many by turns (network, commits) behaves when something wakes it. In a
// crowd it waits for its turn on the core instead of pushing aside whoever works there: what it is
// there for gathers meanwhile, and it does all of that in one go, with a fraction of the switches.
// Without a crowd it comes at once. Its share of the processor is the same, an idle core takes it
// at once in both cases, and a system that refuses changes nothing. For the thread that made it.
class Gatherer {
  public:
    // Before each turn.
    void follow_crowd();

  private:
    bool gathers_ = false;
};

// The calling thread is never in a hurry, and pushes nobody aside. Its share stays as it was: with
// a smaller one, whoever waits for a lock that it holds would wait until it has a turn again.
void gather_always();

}  // namespace cambist
