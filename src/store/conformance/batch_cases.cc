// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "base/guarded.h"
#include "store/conformance/conformance.h"

namespace cambist::store {
namespace {

constexpr int kThreads = 8;

void run_threads(int count, const std::function<void(int)>& work) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
}

TEST_P(StoreConformance, AnEmptyBatchSucceeds) { EXPECT_TRUE(commit({})); }

TEST_P(StoreConformance, AFailingOperationUndoesTheWholeBatch) {
    RefreshFamily family = make_family("f1");
    ASSERT_TRUE(commit({AddSession{make_session("s1")}, AddRefreshFamily{family, "h1"},
                        AddRefreshFamily{make_family("f2", "s2"), "g1"},
                        TakeOnce{"jti", "issuer", "j1", 900}, make_audit("T0")}));
    EXPECT_EQ(refusal({AddSession{make_session("s9")}, TouchSession{SessionId("s1"), 999},
                       EndSession{SessionId("s1")}, RotateRefresh{"f2", "g1", "g2", 7777},
                       RevokeFamily{"f2"}, AddRefreshFamily{make_family("f9"), "h9"},
                       AddRevocation{{RevocationKind::kUser, "u1", 1, 2}}, make_audit("T1"),
                       TakeOnce{"jti", "issuer", "j2", 900}, TakeOnce{"jti", "issuer", "j1", 900}}),
              ErrorCode::kConflict);
    EXPECT_FALSE(store().sessions().find(kRealm, SessionId("s9"))->has_value());
    EXPECT_EQ((*store().sessions().find(kRealm, SessionId("s1")))->last_access, 110);
    EXPECT_TRUE(store().refresh().find(kRealm, "h1")->has_value());
    const auto kept = store().refresh().find(kRealm, "g1");
    ASSERT_TRUE(kept && kept->has_value());
    EXPECT_EQ((*kept)->state, RefreshState::kActive);
    EXPECT_EQ((*kept)->family.expires, 1000);
    EXPECT_FALSE(store().refresh().find(kRealm, "g2")->has_value());
    EXPECT_FALSE(store().refresh().find(kRealm, "h9")->has_value());
    EXPECT_TRUE(store().revocations().since(0, 1000)->empty());
    EXPECT_EQ(audit_rows(), 1U);
    EXPECT_TRUE(commit({TakeOnce{"jti", "issuer", "j2", 900}, make_audit("T2")}));
    EXPECT_EQ(store().audit().tail(1)->front().sequence, 2);
}

TEST_P(StoreConformance, LaterOperationsOfABatchSeeEarlierOnes) {
    ASSERT_TRUE(
        commit({AddRefreshFamily{make_family("f1"), "h1"}, RotateRefresh{"f1", "h1", "h2", 2000},
                RotateRefresh{"f1", "h2", "h3", 3000}}));
    EXPECT_EQ((*store().refresh().find(kRealm, "h3"))->family.expires, 3000);
}

TEST_P(StoreConformance, AOneTimeThingIsTakenOnceInItsRealmPurposeAndIssuer) {
    ASSERT_TRUE(commit({TakeOnce{"jti", "https://a", "j1", 900}}));
    EXPECT_EQ(refusal({TakeOnce{"jti", "https://a", "j1", 999}}), ErrorCode::kConflict);
    EXPECT_TRUE(commit({TakeOnce{"jti", "https://b", "j1", 900}}));
    EXPECT_TRUE(commit({TakeOnce{"code", "https://a", "j1", 900}}));
    EXPECT_TRUE(commit({TakeOnce{"jti", "https://a", "j1", 900}}, kOtherRealm));
    EXPECT_TRUE(commit({TakeOnce{"jti", "https://a", "J1", 900}}));
}

TEST_P(StoreConformance, AOneTimeThingIsFreeAgainOnlyAfterItExpired) {
    ASSERT_TRUE(commit({TakeOnce{"jti", "", "j1", 900}}));
    ASSERT_TRUE(store().prune(899));
    EXPECT_EQ(refusal({TakeOnce{"jti", "", "j1", 900}}), ErrorCode::kConflict);
    ASSERT_TRUE(store().prune(900));
    EXPECT_TRUE(commit({TakeOnce{"jti", "", "j1", 1900}}));
}

TEST_P(StoreConformance, TellsOnceHowALaterCommitEnded) {
    constexpr int kCommits = 50;
    // Shared: the backend may still be waking us when we go on.
    const auto ended = std::make_shared<Guarded<std::vector<std::pair<int, Status>>>>();
    for (int i = 0; i < kCommits; ++i) {
        const auto name = std::to_string(i);
        store().commit_then(
            {"shop", {TakeOnce{"jti", "", name, 900}, make_audit("T" + name)}},
            [ended, i](Status status) {
                ended->change([&](auto& all) { all.emplace_back(i, std::move(status)); });
            });
    }
    const auto all = ended->wait([](const auto& some) { return some.size() >= kCommits; },
                                 [](auto& some) { return some; });
    ASSERT_EQ(all.size(), kCommits);
    std::set<int> told;
    for (const auto& [i, status] : all) {
        EXPECT_TRUE(told.insert(i).second) << i;
        EXPECT_TRUE(status) << i;
        // Whoever is told may rely on it.
        EXPECT_TRUE(store().audit().find("T" + std::to_string(i)).value()) << i;
    }
}

TEST_P(StoreConformance, ALaterCommitThatIsRefusedLeavesNothingBehind) {
    ASSERT_TRUE(commit({TakeOnce{"jti", "", "j1", 900}}));
    const auto ended = std::make_shared<Guarded<std::optional<Status>>>();
    store().commit_then(
        {"shop", {make_audit("T1"), TakeOnce{"jti", "", "j1", 900}}},
        [ended](Status status) { ended->change([&](auto& end) { end = status; }); });
    const auto status = ended->wait([](const auto& end) { return end.has_value(); },
                                    [](const auto& end) { return *end; });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kConflict);
    EXPECT_FALSE(store().audit().find("T1").value());
}

TEST_P(StoreConformance, OfConcurrentTakersOneWins) {
    for (int round = 0; round < 10; ++round) {
        std::atomic<int> winners = 0;
        std::atomic<int> losers = 0;
        run_threads(kThreads, [&](int) {
            const auto taken = commit({TakeOnce{"code", "", std::to_string(round), 900}});
            if (taken)
                ++winners;
            else if (taken.error().code == ErrorCode::kConflict)
                ++losers;
        });
        ASSERT_EQ(winners, 1);
        ASSERT_EQ(losers, kThreads - 1);
    }
}

TEST_P(StoreConformance, OfConcurrentRotationsOneWins) {
    for (int round = 0; round < 10; ++round) {
        const std::string id = std::to_string(round);
        ASSERT_TRUE(commit({AddRefreshFamily{make_family("f" + id), "h" + id}}));
        std::atomic<int> winners = 0;
        std::atomic<int> reuses = 0;
        run_threads(kThreads, [&](int i) {
            const auto rotated = commit(
                {RotateRefresh{"f" + id, "h" + id, "n" + id + "." + std::to_string(i), 2000}});
            if (rotated)
                ++winners;
            else if (rotated.error().code == ErrorCode::kRefreshTokenReused)
                ++reuses;
        });
        ASSERT_EQ(winners, 1);
        ASSERT_EQ(reuses, kThreads - 1);
    }
}

TEST_P(StoreConformance, OfConcurrentUsesOfAFamilyNoMoreThanItHasWin) {
    RefreshFamily family = make_family("f1");
    family.rotate = false;
    family.max_uses = 3;
    ASSERT_TRUE(commit({AddRefreshFamily{family, "h1"}}));
    std::atomic<int> winners = 0;
    std::atomic<int> spent = 0;
    run_threads(kThreads, [&](int) {
        const auto rotated = commit({RotateRefresh{"f1", "h1", "", 2000}});
        if (rotated)
            ++winners;
        else if (rotated.error().code == ErrorCode::kRefreshUsesSpent)
            ++spent;
    });
    EXPECT_EQ(winners, 3);
    EXPECT_EQ(spent, kThreads - 3);
}

TEST_P(StoreConformance, BatchesThatFailDoNotDisturbOthersAtTheSameTime) {
    ASSERT_TRUE(commit({TakeOnce{"code", "", "gone", 900}}));
    std::atomic<int> wrong = 0;
    run_threads(kThreads, [&](int thread) {
        for (int i = 0; i < 50; ++i) {
            const bool fails = (thread + i) % 2 == 0;
            const std::string id = std::to_string(thread) + "." + std::to_string(i);
            const auto done = commit({make_audit("T" + id), AddSession{make_session(id)},
                                      TakeOnce{"code", "", fails ? "gone" : id, 900}});
            if (done.has_value() == fails) ++wrong;
            if (store().sessions().find(kRealm, SessionId(id))->has_value() == fails) ++wrong;
        }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(audit_rows(), static_cast<std::size_t>(kThreads) * 25);
}

TEST_P(StoreConformance, WhatIsCommittedLaterIsThereAfterTheNextCommit) {
    store().commit_later({kRealm, {make_audit("T1")}});
    store().commit_later({kRealm, {make_audit("T2")}});
    ASSERT_TRUE(commit({make_audit("T3")}));
    const auto rows = store().audit().tail(9);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ((*rows)[0].trace, "T1");
    EXPECT_EQ((*rows)[1].trace, "T2");
}

}  // namespace
}  // namespace cambist::store
