// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "store/conformance/conformance.h"

namespace cambist::store {
namespace {

std::vector<std::string> ids(const std::vector<User>& users) {
    std::vector<std::string> ids;
    for (const auto& user : users) ids.push_back(user.id.text());
    return ids;
}

TEST_P(StoreConformance, AUserComesBackWithEveryMember) {
    const User user = make_user("u1", "ann");
    ASSERT_EQ(*store().users().put(kRealm, {user}), 1U);
    const auto found = store().users().find(kRealm, user.id);
    ASSERT_TRUE(found && found->has_value());
    EXPECT_EQ(describe(**found), describe(user));
    EXPECT_FALSE(store().users().find(kRealm, UserId("u2"))->has_value());
}

TEST_P(StoreConformance, AMembershipOfAnOrganizationIsKeptUntilItEnds) {
    User user = make_user("u1", "ann");
    user.memberships = {{"acme", true}, {"globex", false}};
    ASSERT_EQ(*store().users().put(kRealm, {user}), 1U);
    EXPECT_EQ((*store().users().find(kRealm, user.id))->memberships, user.memberships);
    user.memberships.pop_back();
    EXPECT_EQ(*store().users().put(kRealm, {user}), 1U);
    EXPECT_EQ((*store().users().find_by_username(kRealm, "ann"))->memberships, user.memberships);
    EXPECT_EQ(*store().users().put(kRealm, {user}), 0U);
    user.memberships.front().managed = false;
    EXPECT_EQ(*store().users().put(kRealm, {user}), 1U);
    EXPECT_FALSE((*store().users().find(kRealm, user.id))->memberships.front().managed);
}

TEST_P(StoreConformance, NamesAndAddressesAreStoredAndFoundInLowerCase) {
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "Ann")}), 1U);
    const auto found = store().users().find_by_username(kRealm, "aNN");
    ASSERT_TRUE(found && found->has_value());
    EXPECT_EQ((*found)->username, "ann");
    EXPECT_EQ(ids(*store().users().find_by_email(kRealm, "ANN@Example.com")),
              std::vector<std::string>{"u1"});
    EXPECT_FALSE(store().users().find_by_username(kRealm, "an")->has_value());
}

TEST_P(StoreConformance, AnEmptyAddressFindsNobody) {
    User user = make_user("u1", "ann");
    user.email.clear();
    ASSERT_EQ(*store().users().put(kRealm, {user}), 1U);
    EXPECT_TRUE(store().users().find_by_email(kRealm, "")->empty());
}

TEST_P(StoreConformance, UsersMayShareAnAddress) {
    User second = make_user("u2", "bob");
    second.email = "ANN@example.com";
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "ann"), second}), 2U);
    EXPECT_EQ(ids(*store().users().find_by_email(kRealm, "ann@example.com")),
              (std::vector<std::string>{"u1", "u2"}));
}

TEST_P(StoreConformance, EqualUsersAreNotWritten) {
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "ann"), make_user("u2", "bob")}), 2U);
    EXPECT_EQ(*store().users().put(kRealm, {make_user("u1", "ANN"), make_user("u2", "bob")}), 0U);
    User changed = make_user("u2", "bob");
    changed.credentials[0].secret_data = "$argon2id$new";
    EXPECT_EQ(*store().users().put(kRealm, {make_user("u1", "ann"), changed}), 1U);
    EXPECT_EQ((*store().users().find(kRealm, changed.id))->credentials[0].secret_data,
              "$argon2id$new");
}

TEST_P(StoreConformance, AUserIsChangedAtomically) {
    const UserId id("u1");
    EXPECT_FALSE(store().users().update(kRealm, id, [](User&) { FAIL(); })->has_value());
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "ann")}), 1U);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([this, &id] {
                for (int n = 0; n < 10; ++n)
                    EXPECT_TRUE(
                        store().users().update(kRealm, id, [](User& user) { ++user.not_before; }));
            });
    }
    User expected = make_user("u1", "ann");
    expected.not_before += 80;
    EXPECT_EQ(describe(**store().users().find(kRealm, id)), describe(expected));
    EXPECT_FALSE(store().users().find(kOtherRealm, id)->has_value());
}

TEST_P(StoreConformance, ATakenUserNameIsAConflictAndNothingIsWritten) {
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "ann"), make_user("u2", "bob")}), 2U);
    User changed = make_user("u2", "bob");
    changed.first_name = "Robert";
    const auto put =
        store().users().put(kRealm, {make_user("u3", "cid"), changed, make_user("u4", "ANN")});
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, ErrorCode::kConflict);
    EXPECT_EQ(*store().users().count(kRealm), 2U);
    EXPECT_EQ((*store().users().find(kRealm, UserId("u2")))->first_name,
              make_user("u2", "bob").first_name);
}

TEST_P(StoreConformance, AUserMayBeRenamedAndTheOldNameIsFree) {
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "ann")}), 1U);
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "anna")}), 1U);
    EXPECT_FALSE(store().users().find_by_username(kRealm, "ann")->has_value());
    EXPECT_EQ(*store().users().put(kRealm, {make_user("u2", "ann")}), 1U);
}

TEST_P(StoreConformance, AServiceAccountIsFoundByItsClientAndThereIsOne) {
    User account = make_user("u1", "service-account-web");
    account.service_account_of = ClientId("web");
    ASSERT_EQ(*store().users().put(kRealm, {account, make_user("u2", "bob")}), 2U);
    const auto found = store().users().find_service_account(kRealm, ClientId("web"));
    ASSERT_TRUE(found && found->has_value());
    EXPECT_EQ((*found)->id, account.id);
    EXPECT_FALSE(store().users().find_service_account(kRealm, ClientId("WEB"))->has_value());
    EXPECT_FALSE(store().users().find_service_account(kRealm, ClientId())->has_value());
    User second = make_user("u3", "other");
    second.service_account_of = ClientId("web");
    EXPECT_EQ(store().users().put(kRealm, {second}).error().code, ErrorCode::kConflict);
}

TEST_P(StoreConformance, UsersAreListedInOrderOfIdPageByPage) {
    ASSERT_EQ(*store().users().put(kRealm,
                                   {make_user("c", "1"), make_user("a", "2"), make_user("b", "3")}),
              3U);
    EXPECT_EQ(ids(*store().users().list(kRealm, UserId(), 2)),
              (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(ids(*store().users().list(kRealm, UserId("b"), 2)), std::vector<std::string>{"c"});
    EXPECT_TRUE(store().users().list(kRealm, UserId("c"), 2)->empty());
    EXPECT_TRUE(store().users().list(kRealm, UserId(), 0)->empty());
}

TEST_P(StoreConformance, ARemovedUserTakesSessionsFamiliesAndFailuresAlong) {
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "ann"), make_user("u2", "bob")}), 2U);
    RefreshFamily without_session = make_family("f2", "");
    ASSERT_TRUE(commit({AddSession{make_session("s1", "u1")}, AddSession{make_session("s2", "u2")},
                        AddRefreshFamily{make_family("f1"), "h1"},
                        AddRefreshFamily{without_session, "h2"}}));
    ASSERT_TRUE(store().login_failures().update(
        kRealm, UserId("u1"), [](LoginFailures& failures) { failures.count = 3; }));
    ASSERT_TRUE(store().users().remove(kRealm, UserId("u1")));
    EXPECT_EQ(*store().users().count(kRealm), 1U);
    EXPECT_FALSE(store().sessions().find(kRealm, SessionId("s1"))->has_value());
    EXPECT_TRUE(store().sessions().find(kRealm, SessionId("s2"))->has_value());
    EXPECT_FALSE(store().refresh().find(kRealm, "h1")->has_value());
    EXPECT_FALSE(store().refresh().find(kRealm, "h2")->has_value());
    EXPECT_EQ(store().login_failures().get(kRealm, UserId("u1"))->count, 0);
    EXPECT_TRUE(store().users().remove(kRealm, UserId("u1")));
}

TEST_P(StoreConformance, RealmsDoNotSeeEachOthersUsers) {
    ASSERT_EQ(*store().users().put(kRealm, {make_user("u1", "ann")}), 1U);
    ASSERT_EQ(*store().users().put(kOtherRealm, {make_user("u1", "ann"), make_user("u2", "bob")}),
              2U);
    EXPECT_FALSE(store().users().find(kRealm, UserId("u2"))->has_value());
    EXPECT_EQ(*store().users().count(kRealm), 1U);
    EXPECT_EQ(ids(*store().users().list(kRealm, UserId(), 9)), std::vector<std::string>{"u1"});
    ASSERT_TRUE(store().users().remove(kRealm, UserId("u1")));
    EXPECT_TRUE(store().users().find_by_username(kOtherRealm, "ann")->has_value());
}

}  // namespace
}  // namespace cambist::store
