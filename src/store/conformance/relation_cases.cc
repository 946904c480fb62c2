// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "store/conformance/conformance.h"

namespace cambist::store {
namespace {

constexpr int kThreads = 8;

void run_threads(const std::function<void()>& work) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back(work);
}

std::vector<std::string> ids(const Result<std::vector<Relation>>& relations) {
    std::vector<std::string> ids;
    EXPECT_TRUE(relations);
    for (const auto& relation : *relations) ids.push_back(relation.id);
    return ids;
}

std::vector<RelationEnd> ends(const std::vector<std::string>& texts) {
    std::vector<RelationEnd> ends;
    for (const auto& text : texts) ends.push_back(*parse_relation_end(text));
    return ends;
}

Relation make_grant(const std::string& id, const std::string& subject) {
    auto grant = make_relation(id, "user:u1", subject);
    grant.kind = kGrantKind;
    return grant;
}

using Ids = std::vector<std::string>;

TEST_P(StoreConformance, ARelationComesBackWithEveryMember) {
    const auto relation = make_relation("r1", "group:/desk/\xc3\xa4", "user:u2");
    ASSERT_TRUE(commit({AddRelation{relation}}));
    EXPECT_EQ(*store().relations().find(kRealm, "r1"), relation);
    EXPECT_FALSE(store().relations().find(kOtherRealm, "r1")->has_value());
    EXPECT_EQ(refusal({AddRelation{relation}}), ErrorCode::kConflict);
}

TEST_P(StoreConformance, RelationsAreFoundByAnyOfTheEndsGiven) {
    ASSERT_TRUE(commit({AddRelation{make_relation("r3", "user:u1", "user:u2")},
                        AddRelation{make_relation("r1", "group:/desk", "user:u2")},
                        AddRelation{make_relation("r2", "client:desk", "group:/customers")},
                        AddRelation{make_relation("r4", "user:u2", "user:u1")}}));
    const auto& relations = store().relations();
    EXPECT_EQ(ids(relations.between(kRealm, ends({"user:u1", "group:/desk", "client:desk"}),
                                    ends({"user:u2", "group:/customers"}))),
              (Ids{"r1", "r2", "r3"}));
    EXPECT_EQ(ids(relations.between(kRealm, ends({"user:u1"}), ends({"group:/customers"}))), Ids());
    EXPECT_EQ(ids(relations.between(kRealm, {}, ends({"user:u2"}))), Ids());
    EXPECT_EQ(ids(relations.between(kOtherRealm, ends({"user:u1"}), ends({"user:u2"}))), Ids());
    EXPECT_EQ(ids(relations.of_subject(kRealm, {EndKind::kUser, "u2"})), (Ids{"r1", "r3"}));
    EXPECT_EQ(ids(relations.of_subject(kRealm, {EndKind::kGroup, "u2"})), Ids());
}

TEST_P(StoreConformance, RelationsOfAdministratorsAreListedWithoutGrantsPageByPage) {
    ASSERT_TRUE(commit({AddRelation{make_relation("r2")}, AddRelation{make_grant("r3", "user:u2")},
                        AddRelation{make_relation("r1")}, AddRelation{make_relation("r4")}}));
    const auto& relations = store().relations();
    EXPECT_EQ(ids(relations.list_made_by_admins(kRealm, "", 2)), (Ids{"r1", "r2"}));
    EXPECT_EQ(ids(relations.list_made_by_admins(kRealm, "r2", 2)), (Ids{"r4"}));
    EXPECT_EQ(ids(relations.list_made_by_admins(kRealm, "r4", 2)), Ids());
}

TEST_P(StoreConformance, ARemovedRelationIsGoneWithTheRevocationOfWhatRestsOnIt) {
    ASSERT_TRUE(commit({AddRelation{make_relation("r1")}}));
    ASSERT_TRUE(commit({RemoveRelation{"r1"}, RemoveRelation{"none"},
                        AddRevocation{{RevocationKind::kToken, "r1", 0, 500}}}));
    EXPECT_FALSE(store().relations().find(kRealm, "r1")->has_value());
    EXPECT_EQ(store().revocations().since(0, 1000)->size(), 1U);
    EXPECT_TRUE(commit({AddRelation{make_relation("r1")}}));
}

TEST_P(StoreConformance, AnApiKeyIsFoundByItsHashAndItsOwner) {
    const auto key = make_api_key("k2");
    ASSERT_TRUE(commit(
        {AddApiKey{key}, AddApiKey{make_api_key("k1")}, AddApiKey{make_api_key("k3", "u2")}}));
    EXPECT_EQ(*store().api_keys().find(kRealm, key.hash), key);
    EXPECT_FALSE(store().api_keys().find(kRealm, key.id)->has_value());
    EXPECT_FALSE(store().api_keys().find(kOtherRealm, key.hash)->has_value());
    EXPECT_EQ(*store().api_keys().of_user(kRealm, UserId("u1")),
              (std::vector<ApiKey>{make_api_key("k1"), key}));
    auto other = make_api_key("k4");
    other.hash = key.hash;
    EXPECT_EQ(refusal({AddApiKey{other}}), ErrorCode::kConflict);
    EXPECT_EQ(refusal({AddApiKey{key}}), ErrorCode::kConflict);
    ASSERT_TRUE(commit({RemoveApiKey{"k2"}, RemoveApiKey{"none"}}));
    EXPECT_FALSE(store().api_keys().find(kRealm, key.hash)->has_value());
    EXPECT_TRUE(commit({AddApiKey{key}}));
}

TEST_P(StoreConformance, ARemovedUserTakesKeysAndRelationsAlong) {
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "ann"), make_user("u2", "bob")}), 2U);
    ASSERT_TRUE(commit({AddRelation{make_relation("r1", "user:u1", "user:u2")},
                        AddRelation{make_relation("r2", "user:u2", "user:u1")},
                        AddRelation{make_relation("r3", "client:u1", "user:u2")},
                        AddApiKey{make_api_key("k1")}, AddApiKey{make_api_key("k2", "u2")}}));
    ASSERT_TRUE(commit({AddApiKey{make_api_key("k1")}}, kOtherRealm));
    ASSERT_TRUE(store().users().remove(kRealm, UserId("u1")));
    EXPECT_EQ(ids(store().relations().list_made_by_admins(kRealm, "", 9)), Ids{"r3"});
    EXPECT_FALSE(store().api_keys().find(kRealm, "hash-of-k1")->has_value());
    EXPECT_TRUE(store().api_keys().find(kRealm, "hash-of-k2")->has_value());
    EXPECT_TRUE(store().api_keys().find(kOtherRealm, "hash-of-k1")->has_value());
}

TEST_P(StoreConformance, UsesAreCountedUpToTheirLimit) {
    ASSERT_TRUE(commit({CountUse{"rule/day1", 2, 1000}}));
    ASSERT_TRUE(commit({CountUse{"rule/day1", 2, 1000}}));
    EXPECT_EQ(refusal({CountUse{"rule/day1", 2, 1000}}), ErrorCode::kDailyLimitReached);
    EXPECT_TRUE(commit({CountUse{"rule/day2", 2, 1000}}));
    EXPECT_TRUE(commit({CountUse{"rule/day1", 2, 1000}}, kOtherRealm));
    EXPECT_TRUE(commit({CountUse{"rule/day1", 3, 1000}}));
    EXPECT_EQ(refusal({CountUse{"none", 0, 1000}}), ErrorCode::kDailyLimitReached);
}

TEST_P(StoreConformance, AUseOfABatchThatFailsDoesNotCount) {
    EXPECT_EQ(refusal({CountUse{"rule", 1, 1000}, make_audit("T1"), CountUse{"rule", 1, 1000}}),
              ErrorCode::kDailyLimitReached);
    EXPECT_EQ(audit_rows(), 0U);
    EXPECT_TRUE(commit({CountUse{"rule", 1, 1000}}));
}

TEST_P(StoreConformance, OfConcurrentUsesNoMoreThanTheLimitWin) {
    std::atomic<int> winners = 0;
    std::atomic<int> losers = 0;
    run_threads([&] {
        for (int i = 0; i < 5; ++i) {
            const auto used = commit({CountUse{"rule", 7, 1000}});
            if (used)
                ++winners;
            else if (used.error().code == ErrorCode::kDailyLimitReached)
                ++losers;
        }
    });
    EXPECT_EQ(winners, 7);
    EXPECT_EQ(losers, kThreads * 5 - 7);
}

TEST_P(StoreConformance, AHandOffIsTakenOnceAndTellsWhatWasIssuedForIt) {
    const HandOff hand_off{.hash = "h1", .payload = R"({"sub":"u1"})", .expires = 100, .xid = {}};
    ASSERT_TRUE(commit({AddHandOff{hand_off}}));
    EXPECT_EQ(refusal({AddHandOff{hand_off}}), ErrorCode::kConflict);
    EXPECT_EQ(*store().hand_offs().find(kRealm, "h1"), hand_off);
    EXPECT_FALSE(store().hand_offs().find(kOtherRealm, "h1")->has_value());
    ASSERT_TRUE(commit({TakeHandOff{"h1", "tree1", 900, "receipt"}}));
    EXPECT_EQ(refusal({TakeHandOff{"h1", "tree2", 900, "other"}}), ErrorCode::kHandOffTaken);
    EXPECT_EQ(refusal({TakeHandOff{"none", "tree2", 900, {}}}), ErrorCode::kHandOffTaken);
    const HandOff taken{
        .hash = "h1", .payload = "receipt", .expires = 900, .is_taken = true, .xid = "tree1"};
    EXPECT_EQ(*store().hand_offs().find(kRealm, "h1"), taken);
}

TEST_P(StoreConformance, AHandOffOfABatchThatFailsIsNotTaken) {
    const HandOff hand_off{.hash = "h1", .payload = "{}", .expires = 100, .xid = {}};
    ASSERT_TRUE(commit({AddHandOff{hand_off}}));
    EXPECT_EQ(refusal({TakeHandOff{"h1", "tree1", 900, {}}, TakeHandOff{"h1", "tree1", 900, {}}}),
              ErrorCode::kHandOffTaken);
    EXPECT_EQ(*store().hand_offs().find(kRealm, "h1"), hand_off);
}

TEST_P(StoreConformance, OfConcurrentTakersOfAHandOffOneWins) {
    ASSERT_TRUE(commit({AddHandOff{{.hash = "h1", .payload = "{}", .expires = 100, .xid = {}}}}));
    std::atomic<int> winners = 0;
    std::atomic<int> losers = 0;
    run_threads([&] {
        const auto taken = commit({TakeHandOff{"h1", "tree", 900, {}}});
        if (taken)
            ++winners;
        else if (taken.error().code == ErrorCode::kHandOffTaken)
            ++losers;
    });
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(losers, kThreads - 1);
}

TEST_P(StoreConformance, PruningRemovesExpiredRelationsKeysCountersAndHandOffs) {
    auto endless = make_relation("r2");
    endless.expires = 0;
    auto later = make_api_key("k2");
    later.expires = 1001;
    ASSERT_TRUE(commit({AddRelation{make_relation("r1")}, AddRelation{endless},
                        AddApiKey{make_api_key("k1")}, AddApiKey{later}, CountUse{"a", 1, 1000},
                        CountUse{"b", 1, 1001},
                        AddHandOff{{.hash = "h1", .payload = "{}", .expires = 1000, .xid = {}}},
                        AddHandOff{{.hash = "h2", .payload = "{}", .expires = 1001, .xid = {}}}}));
    EXPECT_EQ(*store().prune(999), 0U);
    EXPECT_EQ(*store().prune(1000), 4U);
    EXPECT_FALSE(store().relations().find(kRealm, "r1")->has_value());
    EXPECT_TRUE(store().relations().find(kRealm, "r2")->has_value());
    EXPECT_FALSE(store().api_keys().find(kRealm, "hash-of-k1")->has_value());
    EXPECT_TRUE(store().api_keys().find(kRealm, "hash-of-k2")->has_value());
    EXPECT_TRUE(commit({CountUse{"a", 1, 2000}}));
    EXPECT_EQ(refusal({CountUse{"b", 1, 2000}}), ErrorCode::kDailyLimitReached);
    EXPECT_FALSE(store().hand_offs().find(kRealm, "h1")->has_value());
    EXPECT_TRUE(store().hand_offs().find(kRealm, "h2")->has_value());
}

}  // namespace
}  // namespace cambist::store
