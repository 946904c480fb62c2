// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "store_sqlite/test_place.h"

// How fast the embedded database commits, as a ratio to what the disk does, and how soon it is open
// with a million users.
namespace cambist::bench {
namespace {

using store_sqlite::Place;
using store_sqlite::SqliteStore;

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

bool measure_commits() {
    Place place;
    const auto store = place.open();
    if (!store) return false;
    const double syncs = sync_rate(place.path() + ".probe");
    std::cout << "fdatasync/s " << syncs << '\n';
    for (const int threads : {1, 4, 16, 32, 64}) {
        const double commits = commit_rate(**store, threads);
        std::cout << threads << " threads: " << commits << " commits/s, " << commits / syncs
                  << " of fdatasync\n";
    }
    return true;
}

User make_user(int number) {
    User user;
    user.id = UserId("00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + number));
    user.username = "user" + std::to_string(number);
    user.email = user.username + "@example.com";
    user.groups = {"/staff"};
    user.credentials = {{"c", "password", std::string(120, 'h'), "", 0, false}};
    return user;
}

bool put_users(Place& place, int count) {
    constexpr int kChunk = 10'000;
    const auto store = place.open();
    if (!store) return false;
    for (int first = 0; first < count; first += kChunk) {
        std::vector<User> users;
        for (int i = 0; i < kChunk; ++i) users.push_back(make_user(first + i));
        if (!(*store)->users().put("shop", users)) return false;
    }
    return true;
}

bool measure_users() {
    constexpr int kUsers = 1'000'000;
    constexpr int kFinds = 10'000;
    Place place;
    auto start = Watch::now();
    if (!put_users(place, kUsers)) return false;
    std::cout << "put " << kUsers << " users: " << seconds_since(start) << " s\n";
    start = Watch::now();
    const auto store = place.open();
    if (!store || !(*store)->users().find_by_username("shop", "user777777")) return false;
    std::cout << "open and find one: " << seconds_since(start) * 1e3 << " ms\n";
    start = Watch::now();
    for (int i = 0; i < kFinds; ++i)
        if (!(*store)->users().find_by_username("shop", "user" + std::to_string(i * 97)))
            return false;
    std::cout << "find: " << seconds_since(start) * 1e6 / kFinds << " us each\n";
    return true;
}

}  // namespace
}  // namespace cambist::bench

int main() { return cambist::bench::measure_commits() && cambist::bench::measure_users() ? 0 : 1; }
