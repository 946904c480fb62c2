// SPDX-License-Identifier: Apache-2.0
#include "issuers/in_use.h"

#include <gtest/gtest.h>

namespace cambist::issuers {
namespace {

const auto kNow = from_unix(1'700'000'000);

TEST(InUse, OfTwoWhoCameAtOnceOneAsks) {
    const InUse uses;
    EXPECT_TRUE(uses.begin("a", kNow));
    EXPECT_TRUE(uses.begin("b", kNow));
    const auto second = uses.begin("a", kNow + Seconds(3600));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kForeignReplayed);
    EXPECT_EQ(second.error().hint, "another request is using it now");
}

TEST(InUse, WhatWasUsedUpIsNotAskedAboutUntilTheStoreKnowsIt) {
    const InUse uses;
    EXPECT_TRUE(uses.begin("a", kNow));
    uses.end("a", /*is_used_up=*/true, kNow);
    const auto second = uses.begin("a", kNow + Seconds(29));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().hint, "another request has just used it");
    EXPECT_TRUE(uses.begin("a", kNow + Seconds(30)));
}

TEST(InUse, AfterAQuestionWithoutAnAnswerTheNextMayAsk) {
    const InUse uses;
    EXPECT_TRUE(uses.begin("a", kNow));
    uses.end("a", /*is_used_up=*/false, kNow);
    EXPECT_TRUE(uses.begin("a", kNow));
}

TEST(InUse, OfMoreThanItRemembersThoseWhoAskStay) {
    const InUse uses;
    EXPECT_TRUE(uses.begin("asking", kNow));
    for (int i = 0; i < 20'000; ++i) {
        const auto name = std::to_string(i);
        EXPECT_TRUE(uses.begin(name, kNow));
        uses.end(name, /*is_used_up=*/true, kNow);
    }
    EXPECT_FALSE(uses.begin("19999", kNow));
    EXPECT_FALSE(uses.begin("asking", kNow));
}

}  // namespace
}  // namespace cambist::issuers
