// SPDX-License-Identifier: Apache-2.0
// The small parts: text, wire, pool, signals.
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX, not C
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <thread>
#include <vector>

#include "base/waiting.h"
#include "http/pool.h"
#include "http/signals.h"
#include "http/text.h"
#include "http/wire.h"

namespace cambist::http {
namespace {

TEST(HttpText, WritesDatesAsRfc9110Section5_6_7) {
    std::string text;
    append_date(text, from_unix(784111777));
    EXPECT_EQ(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    text.clear();
    append_date(text, from_unix(1709251199));
    EXPECT_EQ(text, "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST(HttpText, FindsATokenInAList) {
    EXPECT_TRUE(lists_token("close", "close"));
    EXPECT_TRUE(lists_token("keep-alive ,\t CLOSE", "close"));
    EXPECT_FALSE(lists_token("closed", "close"));
    EXPECT_FALSE(lists_token("", "close"));
}

TEST(Wire, LeavesFramingToTheServer) {
    std::string out;
    const Response response{
        200,
        {{"content-length", "99"}, {"Transfer-Encoding", "chunked"}, {"Date", "x"}, {"A", "b"}},
        "hi"};
    ASSERT_TRUE(render_response(response, {false, false, from_unix(784111777)}, out));
    EXPECT_EQ(out,
              "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nA: b\r\n"
              "Content-Length: 2\r\n\r\nhi");
}

TEST(Wire, AnAnswerWithoutContentHasNoLength) {
    for (const int status : {204, 304}) {
        std::string out;
        ASSERT_TRUE(render_response({status, {}, "ignored"}, {}, out));
        EXPECT_EQ(out.find("Content-Length"), std::string::npos);
        EXPECT_TRUE(out.ends_with("\r\n\r\n"));
    }
}

TEST(Wire, RefusesWhatWouldSplitTheAnswer) {
    std::string out;
    EXPECT_FALSE(render_response({200, {{"A", "b\r\nC: d"}}, {}}, {}, out));
    EXPECT_FALSE(render_response({200, {{"A", "b\n"}}, {}}, {}, out));
    EXPECT_FALSE(render_response({200, {{"A", std::string("\0", 1)}}, {}}, {}, out));
    EXPECT_FALSE(render_response({200, {{"A: b", "c"}}, {}}, {}, out));
    EXPECT_FALSE(render_response({200, {{"", "c"}}, {}}, {}, out));
    EXPECT_FALSE(render_response({101, {}, {}}, {}, out));
    EXPECT_FALSE(render_response({600, {}, {}}, {}, out));
}

class CountingJob final : public Job {
  public:
    explicit CountingJob(std::atomic<int>& count) : count_(count) {}
    void run() noexcept override { ++count_; }

  private:
    std::atomic<int>& count_;
};

TEST(WorkerPool, RunsEveryJobItTook) {
    std::atomic<int> count{0};
    CountingJob job(count);
    const std::vector<Job*> jobs(50, &job);
    std::size_t taken = 0;
    {
        WorkerPool pool(4, 1000);
        for (int i = 0; i < 100; ++i) taken += pool.submit(jobs);
    }
    EXPECT_EQ(static_cast<std::size_t>(count), taken);
    EXPECT_GE(taken, 1000U);  // the bound at least; more as far as workers kept up
}

// Jobs that wait for each other end only if each has a worker of its own.
TEST(WorkerPool, BlockedJobsDoNotKeepOthersFromRunning) {
    class MeetingJob final : public Job {
      public:
        explicit MeetingJob(std::barrier<>& all) : all_(all) {}
        void run() noexcept override { all_.arrive_and_wait(); }

      private:
        std::barrier<>& all_;
    };
    constexpr int kWorkers = 6;
    std::barrier all(kWorkers);
    MeetingJob job(all);
    const std::vector<Job*> one_by_one(1, &job);
    const std::vector<Job*> together(kWorkers, &job);
    for (const std::size_t at_work : {std::size_t{1}, std::size_t{2}, std::size_t{kWorkers}}) {
        WorkerPool pool(kWorkers, 10'000, at_work);
        for (int round = 0; round < 30; ++round) {
            EXPECT_EQ(pool.submit(together), together.size());
            for (int i = 0; i < kWorkers; ++i) EXPECT_EQ(pool.submit(one_by_one), 1U);
            while (pool.mend_stall() > 0) std::this_thread::sleep_for(WorkerPool::kPatience);
        }
    }
}

TEST(WorkerPool, LetsNoMoreWorkThanThereAreCores) {
    class BriefJob final : public Job {
      public:
        void run() noexcept override {
            const int now = ++at_work_;
            int most = most_.load();
            while (most < now && !most_.compare_exchange_weak(most, now)) continue;
            std::this_thread::yield();
            --at_work_;
            ++done_;
        }
        int most() const { return most_; }
        int done() const { return done_; }

      private:
        std::atomic<int> at_work_{0};
        std::atomic<int> most_{0};
        std::atomic<int> done_{0};
    };
    BriefJob job;
    const std::vector<Job*> jobs(50, &job);
    WorkerPool pool(16, 10'000, 2);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(pool.submit(jobs), jobs.size());
    while (job.done() < 1000) std::this_thread::yield();
    EXPECT_LE(job.most(), 2);
}

// Those that say they wait make room at once: without anybody who mends a stall.
TEST(WorkerPool, AnotherWorksWhileOneWaits) {
    class WaitingJob final : public Job {
      public:
        explicit WaitingJob(std::barrier<>& all) : all_(all) {}
        void run() noexcept override {
            const Waiting waiting;
            all_.arrive_and_wait();
        }

      private:
        std::barrier<>& all_;
    };
    constexpr int kWorkers = 6;
    std::barrier all(kWorkers);
    WaitingJob job(all);
    const std::vector<Job*> jobs(kWorkers, &job);
    WorkerPool pool(kWorkers, 10'000, 1);
    for (int round = 0; round < 30; ++round) EXPECT_EQ(pool.submit(jobs), jobs.size());
}

TEST(WorkerPool, CallsNobodyElseOnlyBecauseThereWasNothingToDo) {
    class HeldJob final : public Job {
      public:
        void run() noexcept override {
            ++begun;
            released.wait(false);
        }
        std::atomic<int> begun{0};
        std::atomic<bool> released{false};
    };
    for (int attempt = 0; attempt < 20; ++attempt) {
        HeldJob job;
        const std::vector<Job*> jobs(2, &job);
        WorkerPool pool(2, 10, 1);
        std::this_thread::sleep_for(2 * WorkerPool::kPatience);
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(pool.submit(jobs), jobs.size());
        static_cast<void>(pool.mend_stall());
        // The machine may have held up this thread so long that there is a stall to mend.
        const bool is_stall = std::chrono::steady_clock::now() - start >= WorkerPool::kPatience;
        std::this_thread::sleep_for(10 * WorkerPool::kPatience);
        const int begun = job.begun;
        job.released = true;
        job.released.notify_all();
        if (is_stall) continue;
        EXPECT_EQ(begun, 1);
        return;
    }
    FAIL() << "the machine has no millisecond to spare";
}

TEST(WorkerPool, TakesNothingAfterItStopped) {
    std::atomic<int> count{0};
    CountingJob job(count);
    const std::vector<Job*> jobs{&job};
    WorkerPool pool(1, 10);
    pool.stop();
    EXPECT_EQ(pool.submit(jobs), 0U);
    EXPECT_EQ(pool.mend_stall(), 0U);
    pool.stop();  // once more changes nothing
}

TEST(Signals, ArriveAsValues) {
    const Signals signals;
    ::kill(::getpid(), SIGHUP);
    EXPECT_EQ(signals.wait(), Signal::kReload);
    ::kill(::getpid(), SIGTERM);
    EXPECT_EQ(signals.wait_for(std::chrono::milliseconds(1000)), Signal::kStop);
    ::kill(::getpid(), SIGINT);
    EXPECT_EQ(signals.wait(), Signal::kStop);
    EXPECT_EQ(signals.wait_for(std::chrono::milliseconds(1)), std::nullopt);
}

}  // namespace
}  // namespace cambist::http
