// SPDX-License-Identifier: Apache-2.0
#include "issuers/claims.h"

#include <gtest/gtest.h>

#include "json/parse.h"

namespace cambist::issuers {
namespace {

json::Value claims() {
    return *json::parse(R"({"sub":"7","n":9007199254740993,"ok":true,"groups":["a","b"],
        "mixed":["a",{}],"kubernetes.io":{"serviceaccount":{"uid":"u-1"}},
        "https://x.example/role":"chief","deep":{"a":{"b":"c"}},"half":1.5,"none":null})",
                        {}, json::Positions::kNone);
}

TEST(Claims, AreFoundByNameAndByPath) {
    const auto all = claims();
    EXPECT_EQ(text_of(all, "deep.a.b"), "c");
    EXPECT_EQ(text_of(all, "kubernetes\\.io.serviceaccount.uid"), "u-1");
    EXPECT_EQ(text_of(all, "https://x.example/role"), "chief");
    EXPECT_EQ(text_of(all, "deep.a.x"), "");
    EXPECT_EQ(text_of(all, "deep..a"), "");
    EXPECT_EQ(text_of(all, ""), "");
    EXPECT_EQ(text_of(all, "sub.x"), "");
}

TEST(Claims, NumbersAreExactAndOtherKindsAreNoText) {
    const auto all = claims();
    EXPECT_EQ(text_of(all, "n"), "9007199254740993");
    EXPECT_EQ(text_of(all, "ok"), "true");
    EXPECT_EQ(text_of(all, "half"), "");
    EXPECT_EQ(text_of(all, "none"), "");
    EXPECT_EQ(text_of(all, "groups"), "") << "two values are not one";
    EXPECT_TRUE(texts_of(find_claim(all, "mixed")).empty());
}

TEST(Claims, PassATestByOneOfTheirValues) {
    const auto all = claims();
    EXPECT_TRUE(passes({"groups", {"x", "b"}}, all));
    EXPECT_FALSE(passes({"groups", {"ab"}}, all));
    EXPECT_FALSE(passes({"missing", {"*"}}, all));
    EXPECT_FALSE(passes({"mixed", {"a"}}, all));
    EXPECT_EQ(explain({"groups", {"c"}}, all), "groups is 'a', 'b', must be 'c'");
    EXPECT_EQ(explain({"zone", {"c", "d"}}, all), "zone is missing, must be one of 'c', 'd'");
}

TEST(Claims, FillInTexts) {
    const auto all = claims();
    EXPECT_EQ(fill_in("${ALIAS}.${CLAIM.sub}", all, "p"), "p.7");
    EXPECT_EQ(fill_in("x-${CLAIM.deep.a.b}-y", all, "p"), "x-c-y");
    EXPECT_EQ(fill_in("${CLAIM.nope}", all, "p"), "");
    EXPECT_EQ(fill_in("${CLAIM.sub", all, "p"), "");
    EXPECT_EQ(fill_in("${OTHER}", all, "p"), "");
    EXPECT_EQ(fill_in("plain", all, "p"), "plain");
}

}  // namespace
}  // namespace cambist::issuers
