// SPDX-License-Identifier: Apache-2.0
#include "tokens/api_keys.h"

#include <gmock/gmock.h>

#include "tokens/test_realm.h"

namespace cambist::tokens {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class ApiKeysTest : public TestRealm {
  protected:
    ApiKeysTest() : text_(make_api_key(random_)) {
        key_.id = "key-1";
        key_.hash = hash_of_api_key(text_);
        key_.user = UserId("u1");
        key_.scopes = {"orders"};
        key_.created = kNow - 100;
        key_.expires = kNow + 100;
        add(key_);
    }
    void add(const ApiKey& key) {
        ASSERT_TRUE(store_.commit({"shop", {store::AddApiKey{key}}}).has_value());
    }
    Result<VerifiedToken> show(std::string_view text, std::int64_t now = kNow) const {
        return verify(text, TokenType::kApiKey, now);
    }
    ErrorCode refused(std::string_view text, std::int64_t now = kNow) const {
        const auto token = show(text, now);
        EXPECT_FALSE(token.has_value());
        return token ? ErrorCode::kInternal : token.error().code;
    }

    const std::string text_;
    ApiKey key_;
};

TEST_F(ApiKeysTest, AreRandomAndKnownByTheirBeginning) {
    EXPECT_THAT(text_, StartsWith("ck_"));
    EXPECT_EQ(text_.size(), 46U);
    EXPECT_NE(text_, make_api_key(random_));
    EXPECT_TRUE(looks_like_api_key(text_));
    EXPECT_FALSE(looks_like_api_key("cr_" + text_.substr(3)));
}

TEST_F(ApiKeysTest, AKeyIsATokenOfItsOwnersForNoClientAndNoSession) {
    const auto token = show(text_);
    ASSERT_TRUE(token) << token.error().describe();
    const auto& facts = token->facts();
    EXPECT_EQ(facts.type, TokenType::kApiKey);
    EXPECT_EQ(facts.subject.text(), "u1");
    EXPECT_EQ(facts.jti, "key-1");
    EXPECT_EQ(facts.expires_at, kNow + 100);
    EXPECT_THAT(facts.scopes, ElementsAre("orders"));
    EXPECT_TRUE(facts.holder.empty() && facts.session.empty() && facts.audience.empty());
}

TEST_F(ApiKeysTest, AnythingElseIsNone) {
    EXPECT_EQ(refused(sign(good_claims())), ErrorCode::kSubjectTypeMismatch);
    EXPECT_EQ(refused(text_.substr(0, 45)), ErrorCode::kSubjectTypeMismatch);
    EXPECT_EQ(refused(make_api_key(random_)), ErrorCode::kSubjectTokenUnknown);
    EXPECT_EQ(refusal(text_), ErrorCode::kSubjectTypeMismatch) << "declared as access token";
    const OwnTokens without{identities_, sessions_, revocations_};
    const auto token = without.verify(snapshot_, text_, TokenType::kApiKey, from_unix(kNow));
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, ErrorCode::kSubjectTokenUnknown);
}

TEST_F(ApiKeysTest, EndsWithItsTimeItsOwnerAndTheRealmsNotBefore) {
    EXPECT_EQ(refused(text_, kNow + 100), ErrorCode::kSubjectTokenExpired);
    auto forever = key_;
    forever.id = "key-2";
    const auto text = make_api_key(random_);
    forever.hash = hash_of_api_key(text);
    forever.expires = 0;
    add(forever);
    EXPECT_TRUE(show(text, kNow + 1'000'000'000));

    realm_.not_before = kNow - 50;
    publish();
    EXPECT_EQ(refused(text), ErrorCode::kSubjectTokenRevoked);
    realm_.not_before = 0;
    publish();
    auto alice = user();
    alice.enabled = false;
    put(alice);
    EXPECT_EQ(refused(text), ErrorCode::kSubjectDisabled);
}

TEST_F(ApiKeysTest, AKeyThatWasTakenBackIsUnknown) {
    ASSERT_TRUE(store_.commit({"shop", {store::RemoveApiKey{"key-1"}}}).has_value());
    EXPECT_EQ(refused(text_), ErrorCode::kSubjectTokenUnknown);
}

}  // namespace
}  // namespace cambist::tokens
