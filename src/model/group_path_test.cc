// SPDX-License-Identifier: Apache-2.0
#include "model/group_path.h"

#include <gtest/gtest.h>

namespace cambist {
namespace {

struct Case {
    const char* parent;
    const char* name;
    const char* path;
};
class GroupPath : public testing::TestWithParam<Case> {};

TEST_P(GroupPath, IsMadeAndTakenApart) {
    const auto& [parent, name, path] = GetParam();
    EXPECT_EQ(child_path(parent, name), path);
    EXPECT_EQ(parent_path(path), parent);
    EXPECT_EQ(name_of_path(path), name);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, GroupPath,
    testing::Values(Case{"", "staff", "/staff"}, Case{"/staff", "berlin", "/staff/berlin"},
                    Case{"", "staff/berlin", "/staff~/berlin"}, Case{"/a~/b", "c", "/a~/b/c"},
                    Case{"/a~/b", "c/d/e", "/a~/b/c~/d~/e"}, Case{"/a", "/", "/a/~/"},
                    Case{"", "~x", "/~x"}, Case{"", "x~/y", "/x~~/y"}));

TEST(GroupPath, OfTwoGroupsIsNeverTheSame) {
    EXPECT_NE(child_path("", "a/b"), child_path(child_path("", "a"), "b"));
    EXPECT_NE(child_path("", "a/b/c"), child_path(child_path("", "a/b"), "c"));
}

}  // namespace
}  // namespace cambist
