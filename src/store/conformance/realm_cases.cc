// SPDX-License-Identifier: Apache-2.0
#include "store/conformance/conformance.h"

namespace cambist::store {
namespace {

const RealmObject kRealmObject{"realm", "shop", R"({"realm":"shop"})"};
const RealmObject kClient{"client", "web", R"({"clientId":"web"})"};
const RealmObject kRole{"role", "admin", std::string("sealed \0 bytes\xff", 15)};

TEST_P(StoreConformance, AnUnknownRealmIsEmptyAndHasVersionZero) {
    EXPECT_TRUE(store().realms().list()->empty());
    EXPECT_TRUE(store().realms().load(kRealm)->empty());
    EXPECT_EQ(*store().realms().version(kRealm), 0);
}

TEST_P(StoreConformance, RealmObjectsComeBackByKindAndKey) {
    EXPECT_TRUE(*store().realms().apply(kRealm, {kRole, kRealmObject, kClient}, {}));
    EXPECT_EQ(*store().realms().load(kRealm),
              (std::vector<RealmObject>{kClient, kRealmObject, kRole}));
    EXPECT_EQ(*store().realms().list(), std::vector<std::string>{kRealm});
    EXPECT_EQ(*store().realms().version(kRealm), 1);
}

TEST_P(StoreConformance, ApplyingWhatIsThereChangesNothing) {
    ASSERT_TRUE(*store().realms().apply(kRealm, {kRealmObject, kClient}, {}));
    EXPECT_FALSE(*store().realms().apply(kRealm, {kRealmObject, kClient}, {}));
    EXPECT_FALSE(*store().realms().apply(kRealm, {}, {kRole}));
    EXPECT_EQ(*store().realms().version(kRealm), 1);
}

TEST_P(StoreConformance, AChangeReplacesRemovesAndRaisesTheVersion) {
    ASSERT_TRUE(*store().realms().apply(kRealm, {kRealmObject, kClient, kRole}, {}));
    RealmObject changed = kClient;
    changed.body = "{}";
    EXPECT_TRUE(*store().realms().apply(kRealm, {changed}, {kRole}));
    EXPECT_EQ(*store().realms().load(kRealm), (std::vector<RealmObject>{changed, kRealmObject}));
    EXPECT_EQ(*store().realms().version(kRealm), 2);
}

TEST_P(StoreConformance, ARealmWithoutObjectsIsGoneButItsVersionGrowsOn) {
    ASSERT_TRUE(*store().realms().apply(kRealm, {kRealmObject}, {}));
    ASSERT_TRUE(*store().realms().apply(kRealm, {}, {kRealmObject}));
    EXPECT_TRUE(store().realms().list()->empty());
    EXPECT_EQ(*store().realms().version(kRealm), 2);
}

TEST_P(StoreConformance, RealmsDoNotSeeEachOthersObjects) {
    ASSERT_TRUE(*store().realms().apply(kRealm, {kClient}, {}));
    ASSERT_TRUE(*store().realms().apply(kOtherRealm, {kRole}, {}));
    EXPECT_EQ(*store().realms().load(kRealm), std::vector<RealmObject>{kClient});
    EXPECT_FALSE(*store().realms().apply(kOtherRealm, {}, {kClient}));
    EXPECT_EQ(*store().realms().list(), (std::vector<std::string>{kOtherRealm, kRealm}));
}

}  // namespace
}  // namespace cambist::store
