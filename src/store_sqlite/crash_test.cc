// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "store/chain.h"
#include "store_sqlite/test_place.h"

namespace cambist::store_sqlite {
namespace {

using Trace = std::array<char, 16>;

constexpr int kPipe = 3;
constexpr const char* kChild = "crash_child";

void commit_for_ever(SqliteStore& store, int thread) {
    for (int i = 0;; ++i) {
        Trace trace{};
        static_cast<void>(snprintf(trace.data(), trace.size(), "%d.%d.%d", getpid(), thread, i));
        const auto done =
            store.commit({"shop", {store::AppendAudit{trace.data(), 1, std::string(500, 'x')}}});
        if (!done || write(kPipe, trace.data(), trace.size()) != trace.size()) _exit(3);
    }
}

// Not a test but the victim of one, in a process of its own: commits in its working folder and
// tells each acknowledged trace through descriptor 3.
TEST(CrashChild, CommitsUntilItIsKilled) {
    if (std::string_view(program_invocation_name) != kChild) GTEST_SKIP() << "is started by Crash";
    const SystemClock clock;
    const SystemRandom random;
    Log log(clock);
    Metrics metrics;
    SqliteSettings settings;
    settings.path = "cambist.db";
    settings.checkpoint_pages = 8;  // many checkpoints, so that some are hit
    settings.max_log_pages = 32;
    auto opened = SqliteStore::open(settings, {clock, random, log, metrics});
    if (!opened) _exit(2);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] { commit_for_ever(**opened, thread); });
}

[[noreturn]] void become_child(const std::string& folder, int pipe) {
    // dup2() to itself would leave the descriptor to be closed by exec.
    if (chdir(folder.c_str()) == 0 &&
        (pipe == kPipe ? fcntl(pipe, F_SETFD, 0) == 0 : dup2(pipe, kPipe) == kPipe))
        execl("/proc/self/exe", kChild, "--gtest_filter=CrashChild.*", "--gtest_brief=1", nullptr);
    _exit(4);
}

// What the child acknowledged before it was killed, some time after its first commit.
std::vector<std::string> run_and_kill(const std::string& folder, std::chrono::milliseconds after) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) become_child(folder, ends[1]);
    close(ends[1]);
    std::vector<std::string> acknowledged;
    std::jthread killer;
    Trace trace{};
    while (read(ends[0], trace.data(), trace.size()) == static_cast<ssize_t>(trace.size())) {
        acknowledged.emplace_back(trace.data());
        if (acknowledged.size() == 1)
            killer = std::jthread([=] {
                std::this_thread::sleep_for(after);
                kill(child, SIGKILL);
            });
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child failed with " << WEXITSTATUS(status);
    return acknowledged;
}

TEST(Crash, EveryAcknowledgedRecordSurvivesAKillAndTheChainIsWhole) {
    const SystemRandom random;
    Place place;
    for (int round = 0; round < 10; ++round) {
        std::array<unsigned char, 1> delay{};
        random.fill(delay);
        const auto traces = run_and_kill(place.folder(), std::chrono::milliseconds(delay[0]));
        ASSERT_FALSE(traces.empty());
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
}

}  // namespace
}  // namespace cambist::store_sqlite
