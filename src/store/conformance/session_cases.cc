// SPDX-License-Identifier: Apache-2.0
#include "store/conformance/conformance.h"

namespace cambist::store {
namespace {

TEST_P(StoreConformance, ASessionComesBackWithEveryMember) {
    ASSERT_TRUE(commit({AddSession{make_session("s1")}}));
    const auto found = store().sessions().find(kRealm, SessionId("s1"));
    ASSERT_TRUE(found && found->has_value());
    EXPECT_EQ(describe(**found), describe(make_session("s1")));
    EXPECT_EQ(refusal({AddSession{make_session("s1")}}), ErrorCode::kConflict);
}

TEST_P(StoreConformance, SessionsAreFoundByUser) {
    ASSERT_TRUE(commit({AddSession{make_session("s2", "u1")}, AddSession{make_session("s1", "u1")},
                        AddSession{make_session("s3", "u2")}}));
    const auto found = store().sessions().of_user(kRealm, UserId("u1"));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ((*found)[0].id.text(), "s1");
    EXPECT_EQ((*found)[1].id.text(), "s2");
    EXPECT_TRUE(store().sessions().of_user(kOtherRealm, UserId("u1"))->empty());
}

TEST_P(StoreConformance, ATouchNeverGoesBackAndPassesOverWhatIsGone) {
    ASSERT_TRUE(commit({AddSession{make_session("s1")}}));
    ASSERT_TRUE(commit({TouchSession{SessionId("s1"), 200}, TouchSession{SessionId("s1"), 150},
                        TouchSession{SessionId("none"), 150}}));
    EXPECT_EQ((*store().sessions().find(kRealm, SessionId("s1")))->last_access, 200);
}

TEST_P(StoreConformance, EndingASessionRemovesItsFamiliesOnly) {
    ASSERT_TRUE(commit({AddSession{make_session("s1")}, AddSession{make_session("s2")},
                        AddRefreshFamily{make_family("f1", "s1"), "h1"},
                        AddRefreshFamily{make_family("f2", "s2"), "h2"}}));
    ASSERT_TRUE(commit({EndSession{SessionId("s1")}, EndSession{SessionId("none")}}));
    EXPECT_FALSE(store().sessions().find(kRealm, SessionId("s1"))->has_value());
    EXPECT_FALSE(store().refresh().find(kRealm, "h1")->has_value());
    EXPECT_TRUE(store().refresh().find(kRealm, "h2")->has_value());
    EXPECT_TRUE(store().refresh().of_session(kRealm, SessionId("s1"))->empty());
}

TEST_P(StoreConformance, ARefreshTokenComesBackWithItsFamily) {
    const RefreshFamily family = make_family("f1");
    ASSERT_TRUE(commit({AddRefreshFamily{family, "h1"}}));
    const auto found = store().refresh().find(kRealm, "h1");
    ASSERT_TRUE(found && found->has_value());
    EXPECT_EQ(describe((*found)->family), describe(family));
    EXPECT_EQ((*found)->state, RefreshState::kActive);
    EXPECT_EQ((*found)->uses, 0);
    EXPECT_FALSE(store().refresh().find(kRealm, "h2")->has_value());
    EXPECT_FALSE(store().refresh().find(kOtherRealm, "h1")->has_value());
    const auto of_session = store().refresh().of_session(kRealm, SessionId("s1"));
    ASSERT_TRUE(of_session);
    ASSERT_EQ(of_session->size(), 1U);
    EXPECT_EQ(describe(of_session->front()), describe(family));
}

TEST_P(StoreConformance, FamiliesWithoutASessionAreFoundByTheirUser) {
    RefreshFamily of_other = make_family("f4", "");
    of_other.user = UserId("u2");
    ASSERT_TRUE(commit({AddRefreshFamily{make_family("f2", ""), "h2"},
                        AddRefreshFamily{make_family("f1", ""), "h1"},
                        AddRefreshFamily{make_family("f3", "s1"), "h3"},
                        AddRefreshFamily{of_other, "h4"}}));
    const auto user = make_family("f1").user;
    auto found = store().refresh().without_session(kRealm, user);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ(describe(found->front()), describe(make_family("f1", "")));
    EXPECT_EQ(found->back().id, "f2");
    EXPECT_TRUE(store().refresh().without_session(kOtherRealm, user)->empty());
    ASSERT_TRUE(commit({RevokeFamily{"f1"}}));
    found = store().refresh().without_session(kRealm, user);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().id, "f2");
}

TEST_P(StoreConformance, AReferenceTokenIsFoundByItsHashUntilItIsPruned) {
    const ReferenceToken token{.hash = "h1", .claims = R"({"sub":"u1"})", .expires = 1000};
    const ReferenceToken later{.hash = "h2", .claims = "{}", .expires = 1001};
    ASSERT_TRUE(commit({AddReferenceToken{token}, AddReferenceToken{later}}));
    EXPECT_EQ(*store().reference_tokens().find(kRealm, "h1"), token);
    EXPECT_FALSE(store().reference_tokens().find(kOtherRealm, "h1")->has_value());
    EXPECT_FALSE(store().reference_tokens().find(kRealm, "h3")->has_value());
    EXPECT_EQ(refusal({AddReferenceToken{token}}), ErrorCode::kConflict);
    EXPECT_EQ(*store().prune(1000), 1U);
    EXPECT_FALSE(store().reference_tokens().find(kRealm, "h1")->has_value());
    EXPECT_EQ(*store().reference_tokens().find(kRealm, "h2"), later);
}

TEST_P(StoreConformance, AnOfflineSessionGoesWithTheLastOfItsFamilies) {
    Session offline = make_session("s1");
    Session used = make_session("s2");
    Session online = make_session("s3");
    for (Session* session : {&offline, &used, &online}) session->expires = 0;
    online.offline = false;
    RefreshFamily later = make_family("f3", "s2");
    later.expires = 1001;
    ASSERT_TRUE(
        commit({AddSession{offline}, AddSession{used}, AddSession{online},
                AddRefreshFamily{make_family("f1", "s1"), "h1"},
                AddRefreshFamily{make_family("f2", "s2"), "h2"}, AddRefreshFamily{later, "h3"},
                AddRefreshFamily{make_family("f4", "s3"), "h4"}}));
    EXPECT_EQ(*store().prune(1000), 4U);
    EXPECT_FALSE(store().sessions().find(kRealm, SessionId("s1"))->has_value());
    EXPECT_TRUE(store().sessions().find(kRealm, SessionId("s2"))->has_value());
    EXPECT_TRUE(store().sessions().find(kRealm, SessionId("s3"))->has_value());
}

TEST_P(StoreConformance, FamilyIdsAndTokenHashesAreTakenOnce) {
    ASSERT_TRUE(commit({AddRefreshFamily{make_family("f1"), "h1"}}));
    EXPECT_EQ(refusal({AddRefreshFamily{make_family("f1"), "h2"}}), ErrorCode::kConflict);
    EXPECT_EQ(refusal({AddRefreshFamily{make_family("f2"), "h1"}}), ErrorCode::kConflict);
    EXPECT_FALSE(store().refresh().find(kRealm, "h2")->has_value());
}

TEST_P(StoreConformance, ARotationUsesTheOldTokenAndExtendsTheFamily) {
    ASSERT_TRUE(commit({AddRefreshFamily{make_family("f1"), "h1"}}));
    ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", "h2", 2000}}));
    const auto used = store().refresh().find(kRealm, "h1");
    EXPECT_EQ((*used)->state, RefreshState::kUsed);
    EXPECT_EQ((*used)->uses, 1);
    const auto active = store().refresh().find(kRealm, "h2");
    EXPECT_EQ((*active)->state, RefreshState::kActive);
    EXPECT_EQ((*active)->family.expires, 2000);
}

TEST_P(StoreConformance, AUsedTokenIsReuseAndAnUnknownOneInvalid) {
    ASSERT_TRUE(commit(
        {AddRefreshFamily{make_family("f1"), "h1"}, AddRefreshFamily{make_family("f2"), "g1"}}));
    ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", "h2", 2000}}));
    EXPECT_EQ(refusal({RotateRefresh{"f1", "h1", "h3", 2000}}), ErrorCode::kRefreshTokenReused);
    EXPECT_EQ(refusal({RotateRefresh{"f1", "h9", "h3", 2000}}), ErrorCode::kRefreshTokenInvalid);
    EXPECT_EQ(refusal({RotateRefresh{"f1", "g1", "h3", 2000}}), ErrorCode::kRefreshTokenInvalid);
    EXPECT_EQ(refusal({RotateRefresh{"f9", "h2", "h3", 2000}}), ErrorCode::kRefreshTokenInvalid);
    EXPECT_FALSE(store().refresh().find(kRealm, "h3")->has_value());
    EXPECT_TRUE(commit({RotateRefresh{"f1", "h2", "h3", 2000}}));
}

TEST_P(StoreConformance, ARevokedFamilyIsUnknown) {
    ASSERT_TRUE(commit({AddRefreshFamily{make_family("f1"), "h1"}}));
    ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", "h2", 2000}}));
    ASSERT_TRUE(commit({RevokeFamily{"f1"}, RevokeFamily{"none"}}));
    EXPECT_FALSE(store().refresh().find(kRealm, "h1")->has_value());
    EXPECT_FALSE(store().refresh().find(kRealm, "h2")->has_value());
    EXPECT_EQ(refusal({RotateRefresh{"f1", "h2", "h3", 2000}}), ErrorCode::kRefreshTokenInvalid);
}

TEST_P(StoreConformance, MaxReuseAllowsThatManyExtraUses) {
    RefreshFamily family = make_family("f1");
    family.max_reuse = 2;
    ASSERT_TRUE(commit({AddRefreshFamily{family, "h1"}}));
    for (const char* next : {"n1", "n2", "n3"})
        ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", next, 2000}})) << next;
    EXPECT_EQ(refusal({RotateRefresh{"f1", "h1", "n4", 2000}}), ErrorCode::kRefreshTokenReused);
    EXPECT_EQ((*store().refresh().find(kRealm, "h1"))->uses, 3);
    EXPECT_EQ((*store().refresh().find(kRealm, "n2"))->state, RefreshState::kActive);
}

TEST_P(StoreConformance, ATokenOlderThanTheOneUsedLastIsReuseWhateverIsLeftToIt) {
    RefreshFamily family = make_family("f1");
    family.max_reuse = 2;
    auto other = make_family("f2");
    other.max_reuse = 2;
    ASSERT_TRUE(commit({AddRefreshFamily{family, "h1"}, AddRefreshFamily{other, "g1"}}));
    ASSERT_TRUE(commit({RotateRefresh{"f2", "g1", "g2", 2000}}));
    const auto use = [&](const char* token, const char* next) {
        return std::vector<Operation>{RotateRefresh{"f1", token, next, 2000}};
    };
    ASSERT_TRUE(commit(use("h1", "h2")));
    ASSERT_TRUE(commit(use("h1", "h3")));
    ASSERT_TRUE(commit(use("h2", "h4")));
    EXPECT_EQ(refusal(use("h1", "h5")), ErrorCode::kRefreshTokenReused);
    ASSERT_TRUE(commit(use("h2", "h5")));
    ASSERT_TRUE(commit(use("h3", "h6"))) << "one that was not used yet is not stale";
    EXPECT_EQ(refusal(use("h2", "h7")), ErrorCode::kRefreshTokenReused);
    EXPECT_GT((*store().refresh().find(kRealm, "h2"))->uses, family.max_reuse);
    EXPECT_TRUE(commit({RotateRefresh{"f2", "g1", "g3", 2000}})) << "another family's";
}

TEST_P(StoreConformance, WithoutRotationATokenStaysInUse) {
    RefreshFamily family = make_family("f1");
    family.rotate = false;
    ASSERT_TRUE(commit({AddRefreshFamily{family, "h1"}}));
    for (std::int64_t i = 1; i <= 3; ++i)
        ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", "", 2000 + i}}));
    const auto found = store().refresh().find(kRealm, "h1");
    EXPECT_EQ((*found)->state, RefreshState::kActive);
    EXPECT_EQ((*found)->uses, 3);
    EXPECT_EQ((*found)->family.expires, 2003);
    EXPECT_FALSE((*found)->family.rotate);
}

TEST_P(StoreConformance, AUsedTokenIsReuseAlsoWhenItWouldNotBeRotated) {
    ASSERT_TRUE(commit({AddRefreshFamily{make_family("f1"), "h1"}}));
    ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", "h2", 2000}}));
    EXPECT_EQ(refusal({RotateRefresh{"f1", "h1", "", 2000}}), ErrorCode::kRefreshTokenReused);
}

TEST_P(StoreConformance, AFamilyRefreshesAsOftenAsItsMaxUsesSays) {
    RefreshFamily family = make_family("f1");
    family.max_uses = 2;
    ASSERT_TRUE(commit({AddRefreshFamily{family, "h1"}}));
    ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", "h2", 2000}}));
    EXPECT_EQ((*store().refresh().find(kRealm, "h2"))->family.uses, 1);
    ASSERT_TRUE(commit({RotateRefresh{"f1", "h2", "h3", 2000}}));
    EXPECT_EQ(refusal({RotateRefresh{"f1", "h3", "h4", 2000}}), ErrorCode::kRefreshUsesSpent);
    // Theft is still told from a client that has spent its uses.
    EXPECT_EQ(refusal({RotateRefresh{"f1", "h1", "h4", 2000}}), ErrorCode::kRefreshTokenReused);
    EXPECT_FALSE(store().refresh().find(kRealm, "h4")->has_value());
    EXPECT_EQ((*store().refresh().find(kRealm, "h3"))->family.uses, 2);
    EXPECT_EQ(store().refresh().of_session(kRealm, SessionId("s1"))->front().uses, 2);
}

TEST_P(StoreConformance, UsesWithoutRotationAndUsesThatFailedAreCountedRight) {
    RefreshFamily family = make_family("f1");
    family.rotate = false;
    family.max_uses = 2;
    ASSERT_TRUE(commit({AddRefreshFamily{family, "h1"}, TakeOnce{"jti", "", "j1", 900}}));
    EXPECT_EQ(refusal({RotateRefresh{"f1", "h1", "", 2000}, TakeOnce{"jti", "", "j1", 900}}),
              ErrorCode::kConflict);
    EXPECT_EQ((*store().refresh().find(kRealm, "h1"))->family.uses, 0);
    ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", "", 2000}}));
    ASSERT_TRUE(commit({RotateRefresh{"f1", "h1", "", 2000}}));
    EXPECT_EQ(refusal({RotateRefresh{"f1", "h1", "", 2000}}), ErrorCode::kRefreshUsesSpent);
}

TEST_P(StoreConformance, RevocationsAreNumberedAcrossRealms) {
    const Revocation first{RevocationKind::kTree, "x1", 50, 500};
    const Revocation second{RevocationKind::kActor, "a1", 0, 600};
    ASSERT_TRUE(commit({AddRevocation{first}}));
    ASSERT_TRUE(commit({AddRevocation{second}}, kOtherRealm));
    const auto all = store().revocations().since(0, 1000);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 2U);
    EXPECT_LT((*all)[0].number, (*all)[1].number);
    EXPECT_EQ((*all)[0].realm, kRealm);
    EXPECT_EQ((*all)[0].revocation.kind, RevocationKind::kTree);
    EXPECT_EQ((*all)[0].revocation.id, "x1");
    EXPECT_EQ((*all)[0].revocation.before, 50);
    EXPECT_EQ((*all)[0].revocation.until, 500);
    const auto fresh = store().revocations().since((*all)[0].number, 1000);
    ASSERT_EQ(fresh->size(), 1U);
    EXPECT_EQ((*fresh)[0].realm, kOtherRealm);
    EXPECT_EQ((*fresh)[0].revocation.kind, RevocationKind::kActor);
    EXPECT_TRUE(store().revocations().since((*all)[1].number, 1000)->empty());
}

TEST_P(StoreConformance, RevocationsAreReadInPages) {
    for (int i = 1; i <= 5; ++i)
        ASSERT_TRUE(
            commit({AddRevocation{{RevocationKind::kTree, "x" + std::to_string(i), 0, 0}}}));
    std::vector<std::size_t> sizes;
    std::string read;
    std::int64_t number = 0;
    do {
        const auto page = store().revocations().since(number, 2);
        ASSERT_TRUE(page);
        sizes.push_back(page->size());
        for (const auto& entry : *page) {
            EXPECT_GT(entry.number, number);
            number = entry.number;
            read += entry.revocation.id;
        }
    } while (sizes.back() != 0);
    EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, 1, 0}));
    EXPECT_EQ(read, "x1x2x3x4x5");
}

}  // namespace
}  // namespace cambist::store
