// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

namespace cambist {

// How a thread that serves many by turns (network, commits) behaves when something wakes it. In a
// crowd it waits for its turn on the core instead of pushing aside whoever works there: what it is
// there for gathers meanwhile, and it does all of that in one go, with a fraction of the switches.
// Without a crowd it comes at once. Its share of the processor is the same, an idle core takes it
// at once in both cases, and a system that refuses changes nothing. For the thread that made it.
class Gatherer {
  public:
    // Tells whether it is crowded just now; a crowd counts for a while.
    void note(bool is_crowded);
    // For those who see only what they gathered themselves, which is much because they gather: told
    // by who sees the work come in, of the whole process and for the same while.
    static void tell_crowd();
    static bool is_told_crowd();

  private:
    std::chrono::steady_clock::time_point last_;
    bool gathers_ = false;
};

// The calling thread is never in a hurry.
void gather_always();
// Nor is it to hold up those who are: what it does for long at a stretch is cut to pieces by all
// who have something to do, and it has a third of their share.
void give_way();

}  // namespace cambist
