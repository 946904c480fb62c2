// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "store_sqlite/test_place.h"

// Not part of the ordinary run: --gtest_also_run_disabled_tests --gtest_filter='Speed*'.
namespace cambist::store_sqlite {
namespace {

using Watch = std::chrono::steady_clock;
constexpr std::chrono::seconds kRun{2};

double seconds_since(Watch::time_point start) {
    return std::chrono::duration<double>(Watch::now() - start).count();
}

// Appends of 4 KiB, each followed by fdatasync, a second.
double sync_rate(const std::string& path) {
    const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    const std::string block(4096, 'x');
    int count = 0;
    const auto start = Watch::now();
    while (seconds_since(start) < 1 && write(file, block.data(), block.size()) > 0 &&
           fdatasync(file) == 0)
        ++count;
    close(file);
    return count / seconds_since(start);
}

double commit_rate(SqliteStore& store, int threads) {
    std::atomic<std::int64_t> commits = 0;
    std::atomic<bool> stop = false;
    const auto start = Watch::now();
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < threads; ++i)
            workers.emplace_back([&] {
                const std::string body(700, 'b');
                while (!stop) {
                    if (!store.commit({"shop", {store::AppendAudit{"01HTRACE", 1, body}}})) return;
                    ++commits;
                }
            });
        std::this_thread::sleep_for(kRun);
        stop = true;
    }
    return static_cast<double>(commits) / seconds_since(start);
}

TEST(Speed, DISABLED_CommitsAgainstTheDisk) {
    Place place;
    auto store = place.open();
    ASSERT_TRUE(store);
    const double syncs = sync_rate(place.path() + ".probe");
    std::cout << "fdatasync/s " << syncs << '\n';
    for (const int threads : {1, 4, 16, 32, 64}) {
        const double commits = commit_rate(**store, threads);
        std::cout << threads << " threads: " << commits << " commits/s, " << commits / syncs
                  << " of fdatasync\n";
    }
}

TEST(Speed, DISABLED_OpensAMillionUsers) {
    Place place;
    constexpr int kUsers = 1'000'000;
    constexpr int kChunk = 10'000;
    {
        auto store = place.open();
        ASSERT_TRUE(store);
        const auto start = Watch::now();
        for (int first = 0; first < kUsers; first += kChunk) {
            std::vector<User> users(kChunk);
            for (int i = 0; i < kChunk; ++i) {
                auto& user = users[static_cast<std::size_t>(i)];
                user.id = UserId("00000000-0000-4000-8000-" +
                                 std::to_string(100'000'000'000 + first + i));
                user.username = "user" + std::to_string(first + i);
                user.email = user.username + "@example.com";
                user.groups = {"/staff"};
                user.credentials = {{"c", "password", std::string(120, 'h'), "", 0, false}};
            }
            ASSERT_TRUE((*store)->users().put("shop", users));
        }
        std::cout << "put: " << seconds_since(start) << " s\n";
    }
    const auto start = Watch::now();
    auto store = place.open();
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->users().find_by_username("shop", "user777777")->has_value());
    std::cout << "open and find one: " << seconds_since(start) * 1000 << " ms, file "
              << std::filesystem::file_size(place.path()) / 1'000'000 << " MB\n";
    const auto again = Watch::now();
    for (int i = 0; i < 10'000; ++i)
        ASSERT_TRUE((*store)
                        ->users()
                        .find_by_username("shop", "user" + std::to_string(i * 97))
                        ->has_value());
    std::cout << "find: " << seconds_since(again) * 100 << " us each\n";
    const auto counting = Watch::now();
    EXPECT_EQ(*(*store)->users().count("shop"), static_cast<std::size_t>(kUsers));
    std::cout << "count: " << seconds_since(counting) * 1000 << " ms\n";
}

}  // namespace
}  // namespace cambist::store_sqlite
