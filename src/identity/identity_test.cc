// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "identity/identities.h"
#include "identity/resolve.h"
#include "store_memory/memory_store.h"

namespace cambist::identity {
namespace {

using testing::ElementsAre;

RoleRef realm_role(const char* name) { return {"", name}; }

Role make_role(RoleRef ref, std::vector<RoleRef> parts = {}) {
    Role role;
    role.ref = std::move(ref);
    role.composites = std::move(parts);
    return role;
}

Realm make_realm() {
    Realm realm;
    realm.name = RealmName("demo");
    realm.roles = {make_role(realm_role("admin"), {{"api", "write"}, realm_role("auditor")}),
                   make_role(realm_role("auditor"), {realm_role("admin")}),  // a cycle
                   make_role(realm_role("default-roles-demo"), {realm_role("offline_access")}),
                   make_role(realm_role("offline_access")),
                   make_role(realm_role("staff")),
                   make_role(realm_role("berlin")),
                   make_role({"api", "write"}),
                   make_role({"api", "read"})};
    realm.default_role = realm_role("default-roles-demo");
    realm.groups = {Group{"1", "/staff", {}, {realm_role("staff")}},
                    Group{"2", "/staff/berlin", {}, {realm_role("berlin")}}};
    Client robot;
    robot.client_id = ClientId("robot");
    robot.service_accounts = true;
    Client quiet;
    quiet.client_id = ClientId("quiet");
    realm.clients = {robot, quiet};
    realm.index();
    return realm;
}

User make_user(const char* id, const char* name) {
    User user;
    user.id = UserId(id);
    user.username = name;
    return user;
}

TEST(ResolveIdentity, ExpandsCompositesOnceAndSurvivesCycles) {
    auto user = make_user("u1", "alice");
    user.roles = {realm_role("auditor")};
    const auto identity = resolve_identity(make_realm(), user);
    EXPECT_THAT(identity.roles, ElementsAre(realm_role("admin"), realm_role("auditor"),
                                            realm_role("default-roles-demo"),
                                            realm_role("offline_access"), RoleRef{"api", "write"}));
}

Organization make_organization(const char* alias, bool enabled) {
    Organization organization;
    organization.alias = organization.name = alias;
    organization.enabled = enabled;
    return organization;
}

TEST(ResolveIdentity, KnowsEnabledAndDisabledOrganizationsOfTheRealm) {
    auto realm = make_realm();
    realm.organizations = {make_organization("acme", true), make_organization("closed", false),
                           make_organization("partner", true)};
    auto user = make_user("u1", "alice");
    user.memberships = {{"partner", false}, {"acme", false}, {"closed", false}, {"gone", false}};
    EXPECT_TRUE(resolve_identity(realm, user).organizations.empty()) << "they are switched off";
    realm.organizations_enabled = true;
    const auto identity = resolve_identity(realm, user);
    EXPECT_THAT(identity.organizations, ElementsAre("acme", "partner"));
    EXPECT_THAT(identity.disabled_organizations, ElementsAre("closed"));
    EXPECT_TRUE(identity.user->enabled);
}

TEST(ResolveIdentity, ManagedMemberOfADisabledOrganizationIsDisabled) {
    auto realm = make_realm();
    realm.organizations_enabled = true;
    realm.organizations = {make_organization("acme", true), make_organization("closed", false)};
    auto user = make_user("u1", "alice");
    user.memberships = {{"acme", true}};
    EXPECT_TRUE(resolve_identity(realm, user).user->enabled);
    user.memberships = {{"closed", true}};
    EXPECT_FALSE(resolve_identity(realm, user).user->enabled);
}

TEST(ResolveIdentity, AddsRolesOfGroupsAndTheirAncestors) {
    auto user = make_user("u1", "alice");
    user.groups = {"/staff/berlin", "/gone"};
    const auto identity = resolve_identity(make_realm(), user);
    EXPECT_TRUE(identity.has_role(realm_role("staff")));
    EXPECT_TRUE(identity.has_role(realm_role("berlin")));
    EXPECT_THAT(identity.groups, ElementsAre("/staff/berlin"));
    EXPECT_TRUE(identity.in_group("/staff"));
}

TEST(ResolveIdentity, LeavesOutRolesThatTheRealmDoesNotHave) {
    auto user = make_user("u1", "alice");
    user.roles = {realm_role("vanished"), {"gone", "admin"}};
    const auto identity = resolve_identity(make_realm(), user);
    EXPECT_THAT(identity.roles,
                ElementsAre(realm_role("default-roles-demo"), realm_role("offline_access")));
}

// A user store that counts its readers and may be held while it reads.
class CountingUsers final : public store::UserStore {
  public:
    explicit CountingUsers(store::UserStore& users) : users_(users) {}
    Result<std::optional<User>> find(std::string_view realm, const UserId& id) const override {
        ++reads;
        auto user = users_.find(realm, id);
        if (while_reading) while_reading();
        return user;
    }
    Result<std::optional<User>> find_by_username(std::string_view realm,
                                                 std::string_view name) const override {
        return users_.find_by_username(realm, name);
    }
    Result<std::vector<User>> find_by_email(std::string_view realm,
                                            std::string_view email) const override {
        return users_.find_by_email(realm, email);
    }
    Result<std::vector<User>> find_by_attribute(std::string_view realm, std::string_view name,
                                                std::string_view value,
                                                std::size_t limit) const override {
        return users_.find_by_attribute(realm, name, value, limit);
    }
    Result<std::optional<User>> find_service_account(std::string_view realm,
                                                     const ClientId& client) const override {
        ++account_reads;
        return users_.find_service_account(realm, client);
    }
    Result<std::size_t> put(std::string_view realm, const std::vector<User>& users) override {
        return users_.put(realm, users);
    }
    Result<std::optional<User>> update(std::string_view realm, const UserId& id,
                                       const std::function<void(User&)>& change) override {
        return users_.update(realm, id, change);
    }
    Status remove(std::string_view realm, const UserId& id) override {
        return users_.remove(realm, id);
    }
    Result<std::size_t> count(std::string_view realm) const override { return users_.count(realm); }
    Result<std::vector<User>> list(std::string_view realm, const UserId& after,
                                   std::size_t limit) const override {
        return users_.list(realm, after, limit);
    }

    mutable int reads = 0;
    mutable int account_reads = 0;
    std::function<void()> while_reading;

  private:
    store::UserStore& users_;
};

class IdentitiesTest : public testing::Test {
  protected:
    void put(const User& user) { ASSERT_TRUE(store_.users().put("demo", {user})); }

    store_memory::MemoryStore store_;
    CountingUsers users_{store_.users()};
    Identities identities_{users_};
    Realm realm_ = make_realm();
};

TEST_F(IdentitiesTest, ReadsAUserOnceForAVersionOfTheRealm) {
    put(make_user("u1", "alice"));
    const auto first = identities_.find(realm_, 1, UserId("u1"));
    const auto second = identities_.find(realm_, 1, UserId("u1"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(*first, *second);
    EXPECT_EQ(users_.reads, 1);
    EXPECT_TRUE(identities_.find(realm_, 2, UserId("u1")));
    EXPECT_EQ(users_.reads, 2);
}

TEST_F(IdentitiesTest, FindsNobodyWhereNobodyIs) {
    const auto found = identities_.find(realm_, 1, UserId("u1"));
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, nullptr);
}

TEST_F(IdentitiesTest, KeepsRealmsApart) {
    put(make_user("u1", "alice"));
    auto other = make_realm();
    other.name = RealmName("other");
    ASSERT_TRUE(identities_.find(realm_, 1, UserId("u1")));
    EXPECT_EQ(*identities_.find(other, 1, UserId("u1")), nullptr);
}

TEST_F(IdentitiesTest, SeesAChangeOnceItIsTold) {
    auto user = make_user("u1", "alice");
    put(user);
    ASSERT_TRUE(identities_.find(realm_, 1, user.id));
    user.enabled = false;
    put(user);
    identities_.invalidate(realm_.name, user.id);
    EXPECT_FALSE((*identities_.find(realm_, 1, user.id))->user->enabled);
}

// A slow reader must not put back what somebody has changed meanwhile.
TEST_F(IdentitiesTest, DropsWhatWasReadBeforeAnInvalidation) {
    auto user = make_user("u1", "alice");
    put(user);
    users_.while_reading = [&] {
        users_.while_reading = nullptr;
        auto disabled = user;
        disabled.enabled = false;
        put(disabled);
        identities_.invalidate(realm_.name, user.id);
    };
    ASSERT_TRUE(identities_.find(realm_, 1, user.id));
    EXPECT_FALSE((*identities_.find(realm_, 1, user.id))->user->enabled);
}

TEST_F(IdentitiesTest, FindsALoginByNameInAnyCaseThenByEmail) {
    auto alice = make_user("u1", "alice");
    alice.email = "a@example.com";
    put(alice);
    EXPECT_EQ((*identities_.find_by_login(realm_, "ALICE"))->user->id, alice.id);
    EXPECT_EQ((*identities_.find_by_login(realm_, "A@Example.com"))->user->id, alice.id);
    realm_.login_with_email = false;
    EXPECT_EQ(*identities_.find_by_login(realm_, "a@example.com"), nullptr);
}

TEST_F(IdentitiesTest, FindsNobodyByAnEmailThatTwoShare) {
    for (const auto* id : {"u1", "u2"}) {
        auto user = make_user(id, id);
        user.email = "us@example.com";
        put(user);
    }
    EXPECT_EQ(*identities_.find_by_login(realm_, "us@example.com"), nullptr);
}

TEST_F(IdentitiesTest, FindsAServiceAccountOnlyWhileItIsSwitchedOn) {
    auto account = make_user("s1", "service-account-robot");
    account.service_account_of = ClientId("robot");
    put(account);
    auto other = make_user("s2", "service-account-quiet");
    other.service_account_of = ClientId("quiet");
    put(other);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ((*identities_.service_account_of(realm_, 1, ClientId("robot")))->user->id,
                  account.id);
    EXPECT_EQ(users_.account_reads, 1);
    EXPECT_EQ(*identities_.service_account_of(realm_, 1, ClientId("quiet")), nullptr);
    EXPECT_EQ(*identities_.service_account_of(realm_, 1, ClientId("nobody")), nullptr);
}

TEST_F(IdentitiesTest, FindsAServiceAccountThatWasMadeAnew) {
    auto account = make_user("s1", "service-account-robot");
    account.service_account_of = ClientId("robot");
    put(account);
    ASSERT_TRUE(identities_.service_account_of(realm_, 1, ClientId("robot")));
    ASSERT_TRUE(store_.users().remove("demo", account.id));
    identities_.invalidate(realm_.name, account.id);
    account.id = UserId("s9");
    put(account);
    EXPECT_EQ((*identities_.service_account_of(realm_, 1, ClientId("robot")))->user->id.text(),
              "s9");
}

TEST(ShardedCache, StaysWithinItsBoundAndKeepsWhatIsUsed) {
    const ShardedCache<int> cache(160);
    const ShardedCache<int>::Key favourite{"demo", "favourite"};
    cache.put(favourite, 1, std::make_shared<const int>(7), cache.ticket(favourite));
    for (int i = 0; i < 5000; ++i) {
        const auto id = std::to_string(i);
        const ShardedCache<int>::Key key{"demo", id};
        cache.put(key, 1, std::make_shared<const int>(i), cache.ticket(key));
        ASSERT_NE(cache.find(favourite, 1), nullptr) << i;
    }
    EXPECT_LE(cache.size(), 160U);
    cache.erase_realm("demo");
    EXPECT_EQ(cache.size(), 0U);
}

TEST(ShardedCache, AnOlderVersionDoesNotReplaceANewerOne) {
    const ShardedCache<int> cache(16);
    const ShardedCache<int>::Key key{"demo", "u1"};
    cache.put(key, 2, std::make_shared<const int>(2), cache.ticket(key));
    cache.put(key, 1, std::make_shared<const int>(1), cache.ticket(key));
    EXPECT_EQ(cache.find(key, 1), nullptr);
    ASSERT_NE(cache.find(key, 2), nullptr);
    EXPECT_EQ(*cache.find(key, 2), 2);
}

}  // namespace
}  // namespace cambist::identity
