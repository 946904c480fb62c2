// SPDX-License-Identifier: Apache-2.0
#include "base/gather.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace cambist {
namespace {

using std::chrono::milliseconds;

class Door : public ::testing::Test {
  protected:
    void after(milliseconds time, std::size_t waiting) {
        now_ += time;
        crowd_.see(waiting, now_);
    }
    // What the process believes must not outlive a test.
    ~Door() override { after(milliseconds(1000), 0); }

  private:
    Crowd crowd_;
    Crowd::Time now_{std::chrono::hours(1)};
};

TEST_F(Door, ABacklogThatIsGoneSoonIsNoCrowd) {
    for (int i = 0; i < 50; ++i) {
        after(milliseconds(1), 0);
        after(milliseconds(1), 60);
        after(milliseconds(15), 60);
        EXPECT_FALSE(Crowd::is_there()) << i;
    }
}

TEST_F(Door, ABacklogThatLastsIsACrowdUntilItIsGoneForAWhile) {
    after(milliseconds(0), 0);
    after(milliseconds(1), 40);
    EXPECT_FALSE(Crowd::is_there());
    after(milliseconds(20), 40);
    EXPECT_TRUE(Crowd::is_there());
    for (int i = 0; i < 20; ++i) {  // those who gather empty the queue at a stroke, again and again
        after(milliseconds(25), 0);
        EXPECT_TRUE(Crowd::is_there());
        after(milliseconds(25), 40);
    }
    after(milliseconds(99), 20);
    EXPECT_TRUE(Crowd::is_there());
    after(milliseconds(1), 20);
    EXPECT_FALSE(Crowd::is_there());
}

TEST_F(Door, AQueueThatIsAlwaysThereButShortIsNoCrowd) {
    for (int i = 0; i < 100; ++i) after(milliseconds(10), 20);
    EXPECT_FALSE(Crowd::is_there());
}

TEST_F(Door, WhoGathersPushesNobodyAsideUntilTheCrowdIsGone) {
    std::thread([this] {
        Gatherer gatherer;
        gatherer.follow_crowd();
        const int usual = ::sched_getscheduler(0);
        after(milliseconds(0), 0);
        after(milliseconds(30), 40);
        gatherer.follow_crowd();
        EXPECT_EQ(::sched_getscheduler(0), usual == SCHED_OTHER ? SCHED_BATCH : usual);
        after(milliseconds(100), 0);
        gatherer.follow_crowd();
        EXPECT_EQ(::sched_getscheduler(0), usual);
    }).join();
}

}  // namespace
}  // namespace cambist
