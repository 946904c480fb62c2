// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "store/conformance/conformance.h"

namespace cambist::store {
namespace {

FederatedIdentity make_identity(const std::string& subject, const std::string& user = "u1") {
    return {.issuer = "partner",
            .subject = subject,
            .user = UserId(user),
            .username = "there",
            .created_ms = 1'700'000'000'123};
}

std::vector<std::string> ids(const Result<std::vector<User>>& users) {
    std::vector<std::string> ids;
    EXPECT_TRUE(users);
    for (const auto& user : *users) ids.push_back(user.id.text());
    return ids;
}

TEST_P(StoreConformance, AFederatedIdentityIsFoundByIssuerAndSubjectAlone) {
    ASSERT_TRUE(commit({AddFederatedIdentity{make_identity("s1")}}));
    const auto& identities = store().federated_identities();
    EXPECT_EQ(*identities.find(kRealm, "partner", "s1"), make_identity("s1"));
    EXPECT_FALSE(identities.find(kRealm, "other", "s1")->has_value());
    EXPECT_FALSE(identities.find(kRealm, "partner", "S1")->has_value());
    EXPECT_FALSE(identities.find(kOtherRealm, "partner", "s1")->has_value());
    EXPECT_EQ(refusal({AddFederatedIdentity{make_identity("s1", "u2")}}), ErrorCode::kConflict);
}

TEST_P(StoreConformance, FederatedIdentitiesAreListedReplacedAndRemoved) {
    auto& identities = store().federated_identities();
    EXPECT_EQ(*identities.put(kRealm, {make_identity("s2"), make_identity("s1")}), 2U);
    EXPECT_EQ(*identities.put(kRealm, {make_identity("s2"), make_identity("s1", "u2")}), 1U);
    EXPECT_EQ(*identities.of_user(kRealm, UserId("u1")), std::vector{make_identity("s2")});
    EXPECT_EQ(*identities.of_user(kRealm, UserId("u2")), std::vector{make_identity("s1", "u2")});
    ASSERT_TRUE(identities.remove(kRealm, "partner", "s2"));
    EXPECT_EQ(identities.of_user(kRealm, UserId("u1"))->size(), 0U);
}

TEST_P(StoreConformance, FederatedIdentitiesGoWithTheirUser) {
    ASSERT_TRUE(store().users().put(kRealm, {make_user("u1", "ann")}));
    ASSERT_TRUE(commit({AddFederatedIdentity{make_identity("s1")}}));
    ASSERT_TRUE(store().users().remove(kRealm, UserId("u1")));
    EXPECT_FALSE(store().federated_identities().find(kRealm, "partner", "s1")->has_value());
}

TEST_P(StoreConformance, AUserComesToBeWithItsIdentityOrNotAtAll) {
    const auto user = make_user("u1", "ann");
    ASSERT_TRUE(commit({AddUser{user}, AddFederatedIdentity{make_identity("s1")}}));
    EXPECT_EQ(describe(**store().users().find(kRealm, UserId("u1"))), describe(user));
    EXPECT_EQ(refusal({AddUser{make_user("u1", "ben")}}), ErrorCode::kConflict);
    EXPECT_EQ(refusal({AddUser{make_user("u2", "Ann")}}), ErrorCode::kConflict);
    EXPECT_EQ(
        refusal({AddUser{make_user("u3", "cleo")}, AddFederatedIdentity{make_identity("s1")}}),
        ErrorCode::kConflict);
    EXPECT_FALSE(store().users().find(kRealm, UserId("u3"))->has_value());
}

TEST_P(StoreConformance, OfConcurrentMakersOfAUserOneWins) {
    std::atomic<int> winners = 0;
    std::atomic<int> losers = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                const auto made = commit(
                    {AddUser{make_user("u1", "ann")}, AddFederatedIdentity{make_identity("s1")}});
                if (made)
                    ++winners;
                else if (made.error().code == ErrorCode::kConflict)
                    ++losers;
            });
    }
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(losers, 7);
}

TEST_P(StoreConformance, UsersAreFoundByTheValueOfAnAttribute) {
    auto ann = make_user("u1", "ann");
    auto ben = make_user("u2", "ben");
    auto cleo = make_user("u3", "cleo");
    ann.attributes = {{"badge", {"17", "18"}}};
    ben.attributes = {{"badge", {"18"}}, {"desk", {"17"}}};
    cleo.attributes = {};
    auto& users = store().users();
    ASSERT_TRUE(users.put(kRealm, {ann, ben, cleo}));
    EXPECT_EQ(ids(users.find_by_attribute(kRealm, "badge", "17", 2)),
              (std::vector<std::string>{"u1"}));
    EXPECT_EQ(ids(users.find_by_attribute(kRealm, "badge", "18", 2)),
              (std::vector<std::string>{"u1", "u2"}));
    EXPECT_EQ(ids(users.find_by_attribute(kRealm, "badge", "18", 1)).size(), 1U);
    EXPECT_EQ(ids(users.find_by_attribute(kRealm, "badge", "1", 2)).size(), 0U);
    EXPECT_EQ(ids(users.find_by_attribute(kOtherRealm, "badge", "17", 2)).size(), 0U);
    ann.attributes = {{"badge", {"19"}}};
    ASSERT_TRUE(users.put(kRealm, {ann}));
    EXPECT_EQ(ids(users.find_by_attribute(kRealm, "badge", "17", 2)).size(), 0U);
    EXPECT_EQ(ids(users.find_by_attribute(kRealm, "badge", "19", 2)),
              (std::vector<std::string>{"u1"}));
    ASSERT_TRUE(users.remove(kRealm, UserId("u1")));
    EXPECT_EQ(ids(users.find_by_attribute(kRealm, "badge", "19", 2)).size(), 0U);
}

}  // namespace
}  // namespace cambist::store
