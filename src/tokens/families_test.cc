// SPDX-License-Identifier: Apache-2.0
#include "tokens/own_tokens.h"
#include "tokens/test_realm.h"

// Refresh families as subjects, and tokens that are only to be recognised.
namespace cambist::tokens {
namespace {

using enum ErrorCode;

class FamiliesTest : public TestRealm {
  protected:
    FamiliesTest() {
        family_.id = "01J0000000000000000000000F";
        family_.session = session_.id;
        family_.user = UserId("u1");
        family_.client = ClientId("web");
        family_.scopes = {"openid", "orders"};
        family_.xid = "tree";
        family_.xp = {"before"};
        family_.created = kNow - 5;
        family_.expires = kNow + 100;
        family_.not_after = kNow + 500;
        family_.auth_time = kNow - 10;
    }
    Result<VerifiedToken> verify_family() const {
        return tokens_.verify_family(snapshot_, family_, "hash", from_unix(kNow));
    }
    // Why the family is refused; kInternal when it is not.
    ErrorCode family_refusal() const {
        const auto token = verify_family();
        return token ? kInternal : token.error().code;
    }
    ErrorCode actors_refusal() const {
        const auto checked = tokens_.check_actors(snapshot_, family_, from_unix(kNow));
        return checked ? kInternal : checked.error().code;
    }
    RefreshFamily family_;
};

TEST_F(FamiliesTest, AFamilySaysOfItsUserWhatATokenWould) {
    family_.cnf.jkt = "thumbprint";
    const auto token = verify_family();
    ASSERT_TRUE(token) << token.error().describe();
    const auto& facts = token->facts();
    EXPECT_EQ(facts.type, TokenType::kRefreshToken);
    EXPECT_EQ(facts.issuer, kIssuer);
    EXPECT_EQ(facts.subject, family_.user);
    EXPECT_EQ(facts.holder, family_.client);
    EXPECT_EQ(facts.audience, std::vector<std::string>{"web"}) << "it is for its client only";
    EXPECT_EQ(facts.scopes, family_.scopes);
    EXPECT_TRUE(facts.is_bound);
    EXPECT_EQ(facts.cnf.jkt, "thumbprint");
    EXPECT_EQ(facts.jti, family_.id);
    EXPECT_EQ(facts.hash, "hash");
    EXPECT_EQ(facts.chain_end, family_.not_after);
    EXPECT_EQ(facts.xp, family_.xp);
    EXPECT_EQ(token->subject()->user->username, "alice");
}

TEST_F(FamiliesTest, AFamilyEndsWithItsSecondUnlessItHasNoEnd) {
    family_.expires = kNow;
    EXPECT_EQ(family_refusal(), kSubjectTokenExpired);
    family_.expires = 0;
    EXPECT_EQ(family_refusal(), kInternal);
}

TEST_F(FamiliesTest, AFamilyFallsWithItsClientItsSessionAndItsUser) {
    client("web").enabled = false;
    publish();
    EXPECT_EQ(family_refusal(), kSubjectTokenClientDisabled);
    client("web").enabled = true;
    publish();
    auto changed = user();
    changed.enabled = false;
    put(changed);
    EXPECT_EQ(family_refusal(), kSubjectDisabled);
    changed.enabled = true;
    put(changed);
    EXPECT_EQ(family_refusal(), kInternal);
    family_.session = SessionId("another");
    EXPECT_EQ(family_refusal(), kSubjectSessionEnded);
}

TEST_F(FamiliesTest, WhoActsInAFamilyMustStillBeHere) {
    EXPECT_EQ(actors_refusal(), kInternal) << "nobody acts";
    family_.act = R"({"sub":"desk","iss":"https://other","act":{"sub":"agent",)"
                  R"("client_id":"agent","iss":"https://id.example.com/realms/shop"}})";
    EXPECT_EQ(actors_refusal(), kInternal) << "of another issuer's actors nothing is known";
    client("agent").enabled = false;
    publish();
    EXPECT_EQ(actors_refusal(), kRefreshActorGone);
    EXPECT_EQ(family_refusal(), kSubjectTokenRevoked);
    client("agent").enabled = true;
    publish();
    const Revocation actor{RevocationKind::kActor, "agent", kNow, kNow + 1000};
    ASSERT_TRUE(revocations_.add("shop", actor).has_value());
    EXPECT_EQ(actors_refusal(), kRefreshActorGone);
}

TEST_F(FamiliesTest, AUserWhoActsMustStillBeHere) {
    family_.act = R"({"sub":"desk"})";
    EXPECT_EQ(actors_refusal(), kRefreshActorGone) << "no such user";
    User desk;
    desk.id = UserId("desk");
    desk.username = "desk";
    put(desk);
    EXPECT_EQ(actors_refusal(), kInternal);
}

TEST_F(FamiliesTest, ATokenThatIsNoLongerLiveIsRecognisedOneThatIsNotOursIsNot) {
    auto claims = good_claims();
    claims.set("exp", kNow - 100);
    const auto token = sign(claims);
    EXPECT_EQ(refusal(token), kSubjectTokenExpired);
    const auto facts = tokens_.recognise(snapshot_, token);
    ASSERT_TRUE(facts) << facts.error().describe();
    EXPECT_EQ(facts->jti, "onrtro:1");
    EXPECT_FALSE(
        tokens_.recognise(snapshot_, sign_with(make_key("k1", "ES256"), claims.to_text())));
    EXPECT_EQ(tokens_.recognise(snapshot_, "cat_" + std::string(43, 'a')).error().code,
              kSubjectTokenUnknown);
}

}  // namespace
}  // namespace cambist::tokens
