// SPDX-License-Identifier: Apache-2.0
#include "representation/group_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "representation/objects.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// As Keycloak exports it, with plain slashes.
constexpr std::string_view kExport = R"({
 "realm": "a", "keycloakVersion": "26.0.0", "defaultGroups": ["/r/d"],
 "groups": [{"name": "r/d", "path": "/r/d", "subGroups": [{"name": "x", "path": "/r/d/x"},
                                                          {"name": "y/z", "path": "/r/d/y/z"}]},
            {"name": "r", "path": "/r", "subGroups": [{"name": "e", "path": "/r/e"}]},
            {"name": "r/e", "path": "/r/e"}],
 "users": [{"username": "u", "groups": ["/r/d/y/z", "/r/d/x", "/r/e"]}]})";

TEST(GroupPaths, OfAnExportAreEscapedWhereANameHoldsASlash) {
    const auto outcome = read_realm_file(kExport, "r.json", {});
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    const auto& realm = outcome.file->realm;
    for (const auto* path : {"/r~/d", "/r~/d/x", "/r~/d/y~/z", "/r", "/r/e", "/r~/e"})
        EXPECT_NE(realm.find_group(path), nullptr) << path;
    EXPECT_THAT(realm.default_groups, ElementsAre("/r~/d"));
    EXPECT_THAT(outcome.file->users.at(0).groups,
                UnorderedElementsAre("/r~/d/y~/z", "/r~/d/x", "/r/e"))
        << "/r/e is the path of a group, so it means that one";
}

TEST(GroupPaths, StayWhatTheyAreWhenTheRealmIsStoredAndReadAgain) {
    const auto first = read_realm_file(kExport, "r.json", {});
    ASSERT_TRUE(first.file);
    const auto joined = join(split(first.file->canonical));
    ASSERT_TRUE(joined);
    EXPECT_EQ(*joined, first.file->canonical);
    Options stored;
    stored.complete = false;
    const auto again = read_realm(*joined, "stored", stored);
    ASSERT_TRUE(again.file) << all_of(again.faults);
    EXPECT_EQ(again.file->canonical, first.file->canonical);
    EXPECT_NE(again.file->realm.find_group("/r~/d/y~/z"), nullptr);
}

}  // namespace
}  // namespace cambist::representation
