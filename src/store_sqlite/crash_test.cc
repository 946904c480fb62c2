// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "store/chain.h"
#include "store_sqlite/test_place.h"

namespace cambist::store_sqlite {
namespace {

using Trace = std::array<char, 16>;

// Commits from four threads until it is killed; tells each acknowledged trace through the pipe.
[[noreturn]] void commit_until_killed(Place& place, int round, int pipe) {
    SqliteSettings settings;
    settings.checkpoint_pages = 8;  // many checkpoints, so that some are hit
    settings.max_log_pages = 32;
    auto opened = place.open(settings);
    if (!opened) _exit(2);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0;; ++i) {
                Trace trace{};
                static_cast<void>(
                    snprintf(trace.data(), trace.size(), "%d.%d.%d", round, thread, i));
                const auto done = (*opened)->commit(
                    {"shop", {store::AppendAudit{trace.data(), 1, std::string(500, 'x')}}});
                if (!done || write(pipe, trace.data(), trace.size()) != trace.size()) _exit(3);
            }
        });
    while (true) pause();
}

// What the child acknowledged before it was killed.
std::vector<std::string> run_and_kill(Place& place, int round, std::chrono::milliseconds after) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        commit_until_killed(place, round, ends[1]);
    }
    close(ends[1]);
    std::jthread killer([&] {
        std::this_thread::sleep_for(after);
        kill(child, SIGKILL);
    });
    std::vector<std::string> acknowledged;
    Trace trace{};
    while (read(ends[0], trace.data(), trace.size()) == static_cast<ssize_t>(trace.size()))
        acknowledged.emplace_back(trace.data());
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child failed with " << WEXITSTATUS(status);
    return acknowledged;
}

TEST(Crash, EveryAcknowledgedRecordSurvivesAKillAndTheChainIsWhole) {
    std::mt19937 random(std::random_device{}());
    std::uniform_int_distribution<int> milliseconds(20, 250);
    Place place;
    std::size_t acknowledged = 0;
    for (int round = 0; round < 10; ++round) {
        const auto traces =
            run_and_kill(place, round, std::chrono::milliseconds(milliseconds(random)));
        acknowledged += traces.size();
        auto opened = place.open();
        ASSERT_TRUE(opened) << opened.error().describe();
        std::set<std::string> found;
        std::string previous(store::kChainStart);
        std::int64_t sequence = 0;
        ASSERT_TRUE((*opened)->audit().scan([&](const store::AuditRow& row) {
            EXPECT_EQ(row.sequence, ++sequence);
            EXPECT_EQ(row.hash, store::chain_hash(row.node, row.sequence, previous, row.body));
            previous = row.hash;
            found.insert(row.trace);
            return true;
        }));
        for (const auto& trace : traces) ASSERT_TRUE(found.contains(trace)) << trace;
        ASSERT_TRUE((*opened)->check_integrity());
    }
    EXPECT_GT(acknowledged, 100U);
    RecordProperty("acknowledged", static_cast<int>(acknowledged));
}

}  // namespace
}  // namespace cambist::store_sqlite
