// SPDX-License-Identifier: Apache-2.0
#include "tokens/introspection.h"

#include <gmock/gmock.h>

#include "json/parse.h"
#include "tokens/test_minter.h"

// What introspection and userinfo say of a token that was minted.
namespace cambist::tokens {
namespace {

using IntrospectionTest = MinterTest;
using testing::StartsWith;

TEST_F(IntrospectionTest, IntrospectionShowsTheClaimsAndWhoseTokenItIs) {
    auto facts = plan();
    facts.act = R"({"sub":"desk","act":{"sub":"root"}})";
    User desk;
    for (const auto* id : {"desk", "root"}) {
        desk.id = UserId(id);
        desk.username = id;
        put(desk);
    }
    const auto token = verify(mint(facts, parties()).text);
    ASSERT_TRUE(token.has_value()) << token.error().describe();
    const auto document = *json::parse(*render_introspection(snapshot_, *token));
    EXPECT_TRUE(document.find("active")->as_bool());
    EXPECT_EQ(*document.find_string("client_id"), "web");
    EXPECT_EQ(*document.find_string("username"), "alice");
    EXPECT_EQ(*document.find_string("token_type"), "Bearer");
    EXPECT_EQ(*document.find_string("preferred_username"), "alice");
    EXPECT_EQ(document.find("act")->to_text(), facts.act);
    EXPECT_EQ(document.find("exp")->as_int64(), kNow + 120);
}

TEST_F(IntrospectionTest, IntrospectionDoesNotFillUpWhatARuleWithheld) {
    auto facts = plan();
    facts.claims = ClaimsKind::kMinimal;
    const auto token = verify(mint(facts, parties()).text);
    ASSERT_TRUE(token.has_value());
    const auto document = *json::parse(*render_introspection(snapshot_, *token));
    EXPECT_EQ(document.find("preferred_username"), nullptr);
    const auto info = *make_userinfo(snapshot_, *token);
    EXPECT_EQ(info.to_text(), R"({"sub":"u1"})");
}

TEST_F(IntrospectionTest, UserinfoHasSubMappedClaimsAndTheActor) {
    auto facts = plan();
    facts.act = R"({"sub":"agent","client_id":"agent"})";
    const auto token = verify(mint(facts, parties()).text);
    ASSERT_TRUE(token.has_value());
    const auto info = *make_userinfo(snapshot_, *token);
    EXPECT_EQ(*info.find_string("sub"), "u1");
    EXPECT_EQ(*info.find_string("preferred_username"), "alice");
    EXPECT_EQ(*info.find("act")->find_string("sub"), "agent");
    EXPECT_EQ(info.find("aud"), nullptr);
}

TEST_F(IntrospectionTest, ARefreshTokenIsIntrospectedByItsFamily) {
    auto facts = plan();
    facts.refresh = IssueRefresh::kNewFamily;
    facts.refresh_expires_at = kNow + 1800;
    const auto family = *mint(facts, parties()).new_family;
    const auto document =
        *json::parse(render_refresh_introspection(snapshot_, family, *parties().subject, nullptr));
    EXPECT_EQ(*document.find_string("typ"), "Refresh");
    EXPECT_EQ(*document.find_string("client_id"), "web");
    EXPECT_EQ(*document.find_string("username"), "alice");
    EXPECT_EQ(document.find("exp")->as_int64(), kNow + 1800);
}

TEST_F(IntrospectionTest, AnOpaqueTokenIsKnownByItsHashAndSaysWhatAJwtWould) {
    client("web").access_token_format = AccessTokenFormat::kOpaque;
    publish();
    const auto minted = mint(plan(), parties());
    EXPECT_THAT(minted.text, StartsWith("cat_"));
    ASSERT_TRUE(minted.reference.has_value());
    EXPECT_FALSE(verify(minted.text).has_value());  // before it is stored
    ASSERT_TRUE(store_.commit({"shop", {store::AddReferenceToken{*minted.reference}}}));
    const auto token = verify(minted.text);
    ASSERT_TRUE(token.has_value()) << token.error().describe();
    EXPECT_EQ(token->facts().jti, minted.jti);
    EXPECT_EQ(token->facts().holder.text(), "web");
    EXPECT_FALSE(verify(minted.text, TokenType::kJwt).has_value());
    EXPECT_FALSE(verify(minted.text, TokenType::kIdToken).has_value());
    EXPECT_EQ(refusal(minted.text, kNow + 120), ErrorCode::kSubjectTokenExpired);
    EXPECT_EQ(refusal(minted.text + "A"), ErrorCode::kSubjectTokenUnknown);
}

TEST_F(IntrospectionTest, OnlyHolderAudienceAndTheTrustedMayIntrospect) {
    TokenFacts facts;
    facts.holder = ClientId("web");
    facts.audience = {"api", "https://api.example.com"};
    Client caller;
    const auto may = [&](const char* id) {
        caller.client_id = ClientId(id);
        return may_introspect(caller, facts);
    };
    EXPECT_TRUE(may("web"));
    EXPECT_TRUE(may("api"));
    EXPECT_FALSE(may("agent"));
    caller.resource_url = "https://api.example.com";
    EXPECT_TRUE(may("agent"));
    caller.resource_url.clear();
    caller.introspect_any_audience = true;
    EXPECT_TRUE(may("agent"));
}

}  // namespace
}  // namespace cambist::tokens
