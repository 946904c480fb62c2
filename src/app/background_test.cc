// SPDX-License-Identifier: Apache-2.0
#include "app/background.h"

#include <gtest/gtest.h>

#include <vector>

namespace cambist::app {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::hours kNever{1};

// How often the work was done.
class Tally {
  public:
    void add() const {
        count_.change([](int& count) { ++count; });
    }
    bool reaches(int least) const {
        const auto is_there = [=](int count) { return count >= least; };
        return count_.wait_for(20s, is_there, is_there);
    }

    int count() const {
        return count_.with([](int count) { return count; });
    }

  private:
    Guarded<int> count_;
};

TEST(Background, WorksAtOnceAndAgainAtEachInterval) {
    const Tally tally;
    const Background background(1ms, [&](const std::stop_token&) { tally.add(); });
    EXPECT_TRUE(tally.reaches(5));
}

TEST(Background, WorksAgainWhoeverWakesIt) {
    const Tally tally;
    const Background background(kNever, [&](const std::stop_token&) { tally.add(); });
    ASSERT_TRUE(tally.reaches(1));
    for (int turn = 2; turn < 6; ++turn) {
        std::vector<std::jthread> wakers;
        for (int i = 0; i < 4; ++i) wakers.emplace_back([&] { background.wake(); });
        EXPECT_TRUE(tally.reaches(turn));
    }
}

// One that came while the work was under way may be of something that it did not see any more.
TEST(Background, ForgetsNoWakingThatCameWhileItWorked) {
    const Tally tally;
    Guarded<bool> may_go_on;
    const Background background(kNever, [&](const std::stop_token&) {
        tally.add();
        may_go_on.wait([](bool may) { return may; }, [](bool) {});
    });
    ASSERT_TRUE(tally.reaches(1));
    background.wake();
    may_go_on.change([](bool& may) { may = true; });
    EXPECT_TRUE(tally.reaches(2));
}

TEST(Background, EndsInTheMiddleOfLongWorkAndDoesNotBeginAgain) {
    const Tally tally;
    {
        const Background background(1ms, [&](const std::stop_token& stop) {
            tally.add();
            while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
        });
        ASSERT_TRUE(tally.reaches(1));
        background.wake();
    }
    EXPECT_EQ(tally.count(), 1);
}

}  // namespace
}  // namespace cambist::app
