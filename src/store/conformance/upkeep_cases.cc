// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "store/conformance/conformance.h"

namespace cambist::store {
namespace {

TEST_P(StoreConformance, KeysArePutReplacedListedAndRemoved) {
    ASSERT_TRUE(store().keys().put(kRealm, make_key("k2")));
    ASSERT_TRUE(store().keys().put(kRealm, make_key("k1")));
    KeyRow passive = make_key("k2");
    passive.state = "passive";
    passive.certificate.clear();
    passive.activates = 5;
    passive.retires = 9;
    ASSERT_TRUE(store().keys().put(kRealm, passive));
    auto keys = store().keys().list(kRealm);
    ASSERT_TRUE(keys);
    ASSERT_EQ(keys->size(), 2U);
    EXPECT_EQ(describe((*keys)[0]), describe(make_key("k1")));
    EXPECT_EQ(describe((*keys)[1]), describe(passive));
    EXPECT_TRUE(store().keys().list(kOtherRealm)->empty());
    ASSERT_TRUE(store().keys().remove(kOtherRealm, "k1"));
    ASSERT_TRUE(store().keys().remove(kRealm, "k2"));
    keys = store().keys().list(kRealm);
    ASSERT_EQ(keys->size(), 1U);
    EXPECT_EQ((*keys)[0].kid, "k1");
}

TEST_P(StoreConformance, LoginFailuresAreChangedAtomically) {
    const UserId user("u1");
    EXPECT_EQ(store().login_failures().get(kRealm, user)->count, 0);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([this, &user] {
                for (int n = 0; n < 10; ++n)
                    EXPECT_TRUE(
                        store().login_failures().update(kRealm, user, [](LoginFailures& failures) {
                            ++failures.count;
                            failures.last_ms = 5;
                            failures.locked_until = -1;
                        }));
            });
    }
    const auto failures = store().login_failures().get(kRealm, user);
    EXPECT_EQ(failures->count, 80);
    EXPECT_EQ(failures->last_ms, 5);
    EXPECT_EQ(failures->locked_until, -1);
    EXPECT_EQ(store().login_failures().get(kOtherRealm, user)->count, 0);
    ASSERT_TRUE(store().login_failures().clear(kRealm, user));
    EXPECT_EQ(store().login_failures().get(kRealm, user)->count, 0);
    EXPECT_TRUE(store().login_failures().clear(kRealm, user));
}

TEST_P(StoreConformance, PruningRemovesOnlyWhatHasExpired) {
    Session endless = make_session("s3");
    endless.expires = 0;
    RefreshFamily later = make_family("f2");
    later.expires = 1001;
    ASSERT_TRUE(commit({AddSession{make_session("s1")}, AddSession{endless},
                        AddRefreshFamily{make_family("f1"), "h1"}, AddRefreshFamily{later, "h2"},
                        TakeOnce{"jti", "", "j1", 1000}, TakeOnce{"jti", "", "j2", 1001},
                        AddRevocation{{RevocationKind::kToken, "t1", 0, 1000}},
                        AddRevocation{{RevocationKind::kToken, "t2", 0, 1001}}, make_audit("T1")}));
    EXPECT_EQ(*store().prune(999), 0U);
    EXPECT_EQ(*store().prune(1000), 4U);
    EXPECT_EQ(*store().prune(1000), 0U);
    EXPECT_FALSE(store().sessions().find(kRealm, SessionId("s1"))->has_value());
    EXPECT_TRUE(store().sessions().find(kRealm, SessionId("s3"))->has_value());
    EXPECT_FALSE(store().refresh().find(kRealm, "h1")->has_value());
    EXPECT_TRUE(store().refresh().find(kRealm, "h2")->has_value());
    EXPECT_EQ(refusal({TakeOnce{"jti", "", "j2", 2000}}), ErrorCode::kConflict);
    ASSERT_EQ(store().revocations().since(0, 1000)->size(), 1U);
    EXPECT_EQ(store().revocations().since(0, 1000)->front().revocation.id, "t2");
    EXPECT_EQ(audit_rows(), 1U);
}

TEST_P(StoreConformance, ARevocationsNumberIsNeverGivenAgain) {
    ASSERT_TRUE(commit({AddRevocation{{RevocationKind::kToken, "t1", 0, 100}}}));
    const auto first = store().revocations().since(0, 1000)->front().number;
    ASSERT_EQ(*store().prune(100), 1U);
    ASSERT_TRUE(commit({AddRevocation{{RevocationKind::kToken, "t2", 0, 100}}}));
    EXPECT_GT(store().revocations().since(0, 1000)->front().number, first);
}

TEST_P(StoreConformance, AnExtendedFamilyIsPrunedByItsNewEnd) {
    ASSERT_TRUE(commit({AddRefreshFamily{make_family("f1"), "h1"}}));
    ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", "h2", 2000}}));
    EXPECT_EQ(*store().prune(1999), 0U);
    EXPECT_EQ(*store().prune(2000), 1U);
    EXPECT_FALSE(store().refresh().find(kRealm, "h2")->has_value());
}

TEST_P(StoreConformance, AHealthyStoreAnswersAPing) { EXPECT_TRUE(store().ping()); }

TEST_P(StoreConformance, AuditRecordsArePrunedUpToTheFirstThatIsTooYoung) {
    ASSERT_TRUE(commit(
        {make_audit("T1", 10), make_audit("T2", 20), make_audit("T3", 40), make_audit("T4", 15)}));
    const auto rows = *store().audit().tail(9);
    EXPECT_TRUE(store().audit().beginnings()->empty());
    EXPECT_EQ(*store().prune_audit(10), 0U);
    EXPECT_EQ(*store().prune_audit(30), 2U);
    EXPECT_EQ(*store().prune_audit(30), 0U);
    const auto beginnings = *store().audit().beginnings();
    ASSERT_EQ(beginnings.size(), 1U);
    EXPECT_EQ(beginnings[0].node, rows[1].node);
    EXPECT_EQ(beginnings[0].sequence, 2);
    EXPECT_EQ(beginnings[0].hash, rows[1].hash);
    std::string left;
    ASSERT_TRUE(store().audit().scan([&](const AuditRow& row) {
        left += row.trace;
        return true;
    }));
    EXPECT_EQ(left, "T3T4");
    EXPECT_TRUE(store().audit().find("T4")->has_value());
    EXPECT_FALSE(store().audit().find("T1")->has_value());
}

TEST_P(StoreConformance, TheNewestAuditRecordStaysAndTheChainGoesOnFromIt) {
    ASSERT_TRUE(commit({make_audit("T1", 10), make_audit("T2", 20)}));
    EXPECT_EQ(*store().prune_audit(1000), 1U);
    ASSERT_TRUE(commit({make_audit("T3", 30)}));
    const auto rows = *store().audit().tail(9);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].sequence, 3);
    EXPECT_EQ(rows[1].previous, rows[0].hash);
}

TEST_P(StoreConformance, ReopeningKeepsEverything) {
    ASSERT_TRUE(*store().realms().apply(kRealm, {{"client", "web", "{}"}}, {}));
    ASSERT_TRUE(store().users().put(kRealm, {make_user("u1", "ann")}));
    ASSERT_TRUE(store().keys().put(kRealm, make_key("k1")));
    ASSERT_TRUE(commit({AddSession{make_session("s1")}, AddRefreshFamily{make_family("f1"), "h1"},
                        TakeOnce{"jti", "", "j1", 1000}, make_audit("T1"),
                        AddRevocation{{RevocationKind::kToken, "t1", 0, 1000}},
                        AddRelation{make_relation("r1")}, AddApiKey{make_api_key("k1")},
                        CountUse{"rule", 1, 1000},
                        AddHandOff{{.hash = "h1", .payload = "{}", .expires = 1000, .xid = {}}}}));
    ASSERT_TRUE(store().login_failures().update(
        kRealm, UserId("u1"), [](LoginFailures& failures) { failures.count = 3; }));
    const std::string node = store().audit().tail(1)->front().node;
    if (!backend().reopen()) GTEST_SKIP() << "this backend keeps nothing";
    EXPECT_EQ(store().realms().load(kRealm)->size(), 1U);
    EXPECT_EQ(*store().realms().version(kRealm), 1);
    EXPECT_EQ(describe(**store().users().find(kRealm, UserId("u1"))),
              describe(make_user("u1", "ann")));
    EXPECT_EQ(store().keys().list(kRealm)->size(), 1U);
    EXPECT_TRUE(store().sessions().find(kRealm, SessionId("s1"))->has_value());
    EXPECT_TRUE(store().refresh().find(kRealm, "h1")->has_value());
    EXPECT_EQ(store().revocations().since(0, 1000)->size(), 1U);
    EXPECT_EQ(store().login_failures().get(kRealm, UserId("u1"))->count, 3);
    EXPECT_EQ(refusal({TakeOnce{"jti", "", "j1", 1000}}), ErrorCode::kConflict);
    EXPECT_TRUE(store().relations().find(kRealm, "r1")->has_value());
    EXPECT_TRUE(store().api_keys().find(kRealm, "hash-of-k1")->has_value());
    EXPECT_TRUE(store().hand_offs().find(kRealm, "h1")->has_value());
    EXPECT_EQ(refusal({CountUse{"rule", 1, 1000}}), ErrorCode::kDailyLimitReached);
    ASSERT_TRUE(commit({make_audit("T2")}));
    const auto tail = store().audit().tail(2);
    ASSERT_EQ(tail->size(), 2U);
    EXPECT_EQ((*tail)[1].sequence, 2);
    EXPECT_EQ((*tail)[1].previous, (*tail)[0].hash);
    EXPECT_EQ((*tail)[1].node, node);
}

}  // namespace
}  // namespace cambist::store
