// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/relations.h"
#include "store_memory/memory_store.h"

namespace cambist::identity {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Identity make_identity(const char* id, const char* name, std::vector<std::string> groups = {}) {
    User user;
    user.id = UserId(id);
    user.username = name;
    Identity identity;
    identity.groups = std::move(groups);
    identity.user = std::make_shared<const User>(std::move(user));
    return identity;
}

class RelationsTest : public testing::Test {
  protected:
    void add(const char* id, const char* kind, const char* actor, const char* subject,
             std::int64_t expires = 0) {
        Relation relation;
        relation.id = id;
        relation.kind = kind;
        relation.actor = *parse_relation_end(actor);
        relation.subject = *parse_relation_end(subject);
        relation.scopes = {"read"};
        relation.expires = expires;
        ASSERT_TRUE(store_.commit({"demo", {store::AddRelation{relation}}}));
    }
    Relationship between(const Actor& actor, const Identity& subject, std::int64_t now = 1000) {
        const auto found =
            Relations(store_.relations()).between(realm_, actor, subject, from_unix(now));
        EXPECT_TRUE(found);
        return found.value_or(Relationship{});
    }

    static std::vector<std::string> kinds(const Relationship& found) {
        std::vector<std::string> kinds;
        for (const auto& standing : found.standings) kinds.push_back(standing.kind);
        return kinds;
    }
    static std::vector<std::string> ids(const Relationship& found) {
        std::vector<std::string> ids;
        for (const auto& standing : found.standings) ids.push_back(standing.id);
        return ids;
    }

    static Realm make_realm() {
        Realm realm;
        realm.name = RealmName("demo");
        return realm;
    }
    Realm realm_ = make_realm();
    store_memory::MemoryStore store_;
    Identity ann_ = make_identity("u1", "ann", {"/desk/berlin"});
    Identity bob_ = make_identity("u2", "bob", {"/customers/gold"});
};

TEST_F(RelationsTest, HoldBetweenTwoUsersInTheirDirectionOnly) {
    add("r1", "guardian", "user:u1", "user:u2");
    EXPECT_THAT(kinds(between({&ann_, {}}, bob_)), ElementsAre("guardian"));
    EXPECT_THAT(ids(between({&ann_, {}}, bob_)), ElementsAre("r1"));
    EXPECT_THAT(kinds(between({&bob_, {}}, ann_)), IsEmpty());
}

TEST_F(RelationsTest, HoldForTheMembersOfAGroupAndOfItsChildren) {
    add("r1", "support", "group:/desk", "group:/customers");
    add("r2", "support", "group:/desk/berlin", "user:u2");
    add("r3", "other", "group:/des", "group:/customers/gol");
    EXPECT_THAT(ids(between({&ann_, {}}, bob_)), UnorderedElementsAre("r1", "r2"));
    const auto outsider = make_identity("u3", "cid", {"/desks"});
    EXPECT_THAT(ids(between({&outsider, {}}, bob_)), IsEmpty());
}

TEST_F(RelationsTest, OfAGroupReachNoGroupWhoseNameHoldsASlash) {
    add("r1", "support", "group:/desk", "user:u2");
    const auto other = make_identity("u3", "cid", {"/desk~/berlin"});
    EXPECT_THAT(ids(between({&other, {}}, bob_)), IsEmpty());
}

TEST_F(RelationsTest, NobodyStandsInOneToHimself) {
    add("r1", "support", "group:/desk", "group:/desk");
    EXPECT_THAT(ids(between({&ann_, {}}, ann_)), IsEmpty());
}

TEST_F(RelationsTest, EndAtTheSecondTheyExpire) {
    add("r1", "guardian", "user:u1", "user:u2", 1000);
    EXPECT_THAT(kinds(between({&ann_, {}}, bob_, 999)), ElementsAre("guardian"));
    EXPECT_THAT(kinds(between({&ann_, {}}, bob_, 1000)), IsEmpty());
}

TEST_F(RelationsTest, TellGrantsByTheirKind) {
    add("g1", "grant", "user:u1", "user:u2", 2000);
    const auto found = between({&ann_, {}}, bob_);
    ASSERT_EQ(found.standings.size(), 1U);
    EXPECT_EQ(found.standings[0].kind, kGrantKind);
    EXPECT_EQ(found.standings[0].id, "g1");
    EXPECT_THAT(found.standings[0].scopes, ElementsAre("read"));
    EXPECT_EQ(found.standings[0].expires, 2000);
}

TEST_F(RelationsTest, OfAClientHoldForItselfAndItsServiceAccount) {
    add("r1", "assistant", "client:desk", "user:u2");
    EXPECT_THAT(ids(between({nullptr, ClientId("desk")}, bob_)), ElementsAre("r1"));
    User account;
    account.id = UserId("sa");
    account.service_account_of = ClientId("desk");
    Identity robot;
    robot.user = std::make_shared<const User>(account);
    EXPECT_THAT(ids(between({&robot, {}}, bob_)), ElementsAre("r1"));
    EXPECT_THAT(ids(between({&robot, ClientId("desk")}, bob_)), ElementsAre("r1"));
    // Whoever uses that client is somebody else.
    EXPECT_THAT(ids(between({&ann_, {}}, bob_)), IsEmpty());
    EXPECT_THAT(ids(between({nullptr, {}}, bob_)), IsEmpty());
}

TEST_F(RelationsTest, ToASubjectAreToldByKindWhileTheyHold) {
    add("r1", "guardian", "user:u1", "user:u2");
    add("r2", "assistant", "client:desk", "group:/customers");
    add("r3", "guardian", "user:u3", "user:u2", 1000);
    const auto of = [&](std::string_view kind) {
        const auto found =
            Relations(store_.relations()).to_subject(realm_, bob_, kind, from_unix(1000));
        EXPECT_TRUE(found.has_value());
        return found.has_value() && found->size() == 1 ? found->front().id : std::string("none");
    };
    EXPECT_EQ(of("guardian"), "r1");
    EXPECT_EQ(of("assistant"), "r2");
    EXPECT_EQ(of("grant"), "none");
}

TEST_F(RelationsTest, AManagerIsNamedByIdOrUserName) {
    const auto subject = [](const char* attribute, const char* manager) {
        User user;
        user.id = UserId("u2");
        user.attributes = {{attribute, {manager}}};
        Identity identity;
        identity.user = std::make_shared<const User>(user);
        return identity;
    };
    EXPECT_TRUE(manages(realm_, ann_, subject("manager", "u1")));
    EXPECT_TRUE(manages(realm_, ann_, subject("manager", "Ann")));
    EXPECT_FALSE(manages(realm_, ann_, subject("manager", "bob")));
    EXPECT_FALSE(manages(realm_, ann_, subject("boss", "ann")));
    EXPECT_FALSE(manages(realm_, ann_, bob_));
    realm_.attributes["cambist.manager.attribute"] = "boss";
    EXPECT_TRUE(manages(realm_, ann_, subject("boss", "ann")));
    EXPECT_FALSE(manages(realm_, ann_, subject("manager", "ann")));
    const auto nameless = make_identity("u9", "");
    EXPECT_FALSE(manages(realm_, nameless, subject("boss", "")));
}

}  // namespace
}  // namespace cambist::identity
