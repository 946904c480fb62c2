// SPDX-License-Identifier: Apache-2.0
#include "tokens/minter.h"

#include <gmock/gmock.h>

#include "base/base64url.h"
#include "crypto/digest.h"
#include "sessions/families.h"
#include "sessions/short_id.h"
#include "tokens/hidden_actors.h"
#include "tokens/jti.h"
#include "tokens/test_minter.h"

namespace cambist::tokens {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(MinterTest, AnAccessTokenHasKeycloaksClaims) {
    const auto minted = mint(plan(), parties());
    const auto claims = claims_of(minted.text);
    EXPECT_EQ(claims.find("exp")->as_int64(), kNow + 120);
    EXPECT_EQ(claims.find("iat")->as_int64(), kNow);
    EXPECT_THAT(*claims.find_string("jti"), StartsWith("ntrtte:"));
    EXPECT_EQ(*claims.find_string("iss"), kIssuer);
    EXPECT_EQ(*claims.find_string("aud"), "api");
    EXPECT_EQ(*claims.find_string("sub"), "u1");
    EXPECT_EQ(*claims.find_string("typ"), "Bearer");
    EXPECT_EQ(*claims.find_string("azp"), "web");
    EXPECT_EQ(*claims.find_string("client_id"), "web");
    EXPECT_EQ(*claims.find_string("sid"), session_.id.text());
    EXPECT_EQ(*claims.find_string("scope"), "openid orders");
    EXPECT_EQ(*claims.find_string("preferred_username"), "alice");
    EXPECT_EQ(*claims.find_string("xid"), minted.xid);
    for (const auto* absent : {"xp", "act", "nonce", "may_act"}) {
        EXPECT_EQ(claims.find(absent), nullptr) << absent;
    }
    EXPECT_EQ(minted.type, TokenType::kAccessToken);
    EXPECT_EQ(minted.token_type, "Bearer");
    EXPECT_EQ(minted.jti, *claims.find_string("jti"));
    EXPECT_EQ(minted.expires_at, kNow + 120);
    EXPECT_THAT(minted.scopes, ElementsAre("openid", "orders"));
    EXPECT_THAT(minted.audience, ElementsAre("api"));
    EXPECT_EQ(minted.session, session_.id);
    EXPECT_EQ(minted.id_token, "");
    EXPECT_EQ(minted.refresh_token, "");
}

TEST_F(MinterTest, WhatIsMintedVerifies) {
    auto facts = plan();
    facts.with_id_token = true;
    const auto minted = mint(facts, parties());
    EXPECT_TRUE(verify(minted.text).has_value());
    EXPECT_TRUE(verify(minted.id_token, TokenType::kIdToken).has_value());
    EXPECT_FALSE(verify(minted.id_token, TokenType::kAccessToken).has_value());
}

TEST_F(MinterTest, AudienceIsAStringAnArrayOrAbsent) {
    auto facts = plan();
    facts.audience = {"api", "agent"};
    EXPECT_EQ(claims_of(mint(facts, parties()).text).find("aud")->as_array().size(), 2U);
    facts.audience.clear();
    EXPECT_EQ(claims_of(mint(facts, parties()).text).find("aud"), nullptr);
}

TEST_F(MinterTest, NoScopesIsNoScopeClaim) {
    auto facts = plan();
    facts.scopes.clear();
    EXPECT_EQ(claims_of(mint(facts, parties()).text).find("scope"), nullptr);
}

TEST_F(MinterTest, TheTreeGrowsByTheAncestorsThatThePartiesName) {
    auto made = parties();
    made.xid = "tree";
    made.xp = {"a", "b"};
    const auto minted = mint(plan(), made);
    EXPECT_EQ(minted.xid, "tree");
    EXPECT_EQ(claims_of(minted.text).find("xp")->to_text(), R"(["a","b"])");
    EXPECT_NE(mint(plan(), parties()).xid, mint(plan(), parties()).xid);
}

TEST_F(MinterTest, TheChainOfActorsIsKept) {
    auto facts = plan();
    facts.act = R"({"sub":"desk","act":{"sub":"root"}})";
    facts.with_id_token = true;
    const auto minted = mint(facts, parties());
    EXPECT_EQ(claims_of(minted.text).find("act")->to_text(), facts.act);
    EXPECT_EQ(claims_of(minted.id_token).find("act")->to_text(), facts.act);
}

TEST_F(MinterTest, AHiddenActorStaysInTheFamilyAndEndsTheTokenByAMark) {
    auto facts = plan();
    facts.actors = R"({"sub":"dora","hidden":true})";
    facts.refresh = IssueRefresh::kNewFamily;
    facts.rests_on = {"relation-1"};
    auto made = parties();
    made.actor = made.subject;
    const auto minted = mint(facts, made);
    const auto claims = claims_of(minted.text);
    EXPECT_EQ(claims.find("act"), nullptr);
    ASSERT_NE(claims.find_string("xact"), nullptr);
    EXPECT_FALSE(minted.text.contains("dora"));
    CheckedToken read;
    ASSERT_TRUE(reveal_actors(&box_, "shop", *claims.find_string("xact"), read));
    EXPECT_EQ(read.facts.act, facts.actors);
    EXPECT_FALSE(reveal_actors(&box_, "other", *claims.find_string("xact"), read));
    EXPECT_FALSE(reveal_actors(nullptr, "shop", *claims.find_string("xact"), read));
    EXPECT_EQ(minted.new_family->act, facts.actors);
    const auto xp = claims.find("xp")->to_text();
    EXPECT_TRUE(xp.contains(sessions::actor_mark(made.actor->user->id.text()))) << xp;
    EXPECT_TRUE(xp.contains(sessions::short_id("relation-1"))) << xp;
}

TEST_F(MinterTest, AnIdTokenIsTiedToTheDeviceSecretOfItsLogIn) {
    auto facts = plan();
    facts.with_id_token = true;
    auto made = parties();
    made.session->device_hash = "hash";
    made.device_secret = "cds_text";
    EXPECT_EQ(claims_of(mint(facts, made).id_token).find("ds_hash"), nullptr) << "nobody asked";
    facts.scopes.emplace_back("device_sso");
    const auto minted = mint(facts, made);
    EXPECT_EQ(*claims_of(minted.id_token).find_string("ds_hash"), "hash");
    EXPECT_EQ(claims_of(minted.text).find("ds_hash"), nullptr);
    EXPECT_EQ(minted.device_secret, "cds_text");
}

TEST_F(MinterTest, ThePrefixOfTheJtiTellsSessionAndGrant) {
    struct Case {
        const char* name;
        GrantType grant;
        bool session;
        bool offline;
        bool transient;
        ClaimsKind claims;
        const char* prefix;
    };
    using enum GrantType;
    const std::vector<Case> cases{
        {"login", kPassword, true, false, false, ClaimsKind::kFull, "onrtro"},
        {"refresh", kRefreshToken, true, false, false, ClaimsKind::kFull, "onrtrt"},
        {"offline", kRefreshToken, true, true, false, ClaimsKind::kFull, "ofrtrt"},
        {"client", kClientCredentials, false, false, true, ClaimsKind::kFull, "trrtcc"},
        {"exchange", kTokenExchange, true, false, true, ClaimsKind::kFull, "ntrtte"},
        {"offline exchange", kTokenExchange, true, true, true, ClaimsKind::kFull, "ftrtte"},
        {"minimal", kTokenExchange, false, false, true, ClaimsKind::kMinimal, "trmtte"}};
    for (const auto& item : cases) {
        auto facts = plan(item.grant);
        facts.transient_session = item.transient;
        facts.claims = item.claims;
        auto made = parties();
        made.session->offline = item.offline;
        if (!item.session) made.session.reset();
        EXPECT_EQ(jti_prefix(snapshot_, facts, made), item.prefix) << item.name;
        EXPECT_NE(explain_jti(std::string(item.prefix) + ":1"), "") << item.name;
    }
    EXPECT_EQ(explain_jti("plain"), "");
    EXPECT_EQ(explain_jti("zzzzzz:1"), "");
    EXPECT_EQ(token_of_jti("onltro:1"), JtiToken::kLightweight);
}

TEST_F(MinterTest, AMinimalTokenHasNoMappedClaimsButTheAuthentication) {
    auto facts = plan();
    facts.claims = ClaimsKind::kMinimal;
    auto made = parties();
    made.subject_token = TokenFacts{};
    made.subject_token->auth_time = kNow - 77;
    made.subject_token->acr = "2";
    const auto claims = claims_of(mint(facts, made).text);
    EXPECT_EQ(claims.find("preferred_username"), nullptr);
    EXPECT_EQ(claims.find("auth_time")->as_int64(), kNow - 77);
    EXPECT_EQ(*claims.find_string("acr"), "2");
}

TEST_F(MinterTest, TokensOfAServiceAccountHaveNoSession) {
    auto made = parties();
    made.session.reset();
    const auto minted = mint(plan(GrantType::kClientCredentials), made);
    EXPECT_EQ(claims_of(minted.text).find("sid"), nullptr);
    EXPECT_TRUE(minted.session.empty());
}

TEST_F(MinterTest, ARequestedIdTokenTravelsInAccessTokenAndIsNone) {
    auto facts = plan();
    facts.token_type = TokenType::kIdToken;
    const auto minted = mint(facts, parties());
    EXPECT_EQ(minted.token_type, "N_A");
    EXPECT_EQ(minted.id_token, "");
    EXPECT_EQ(minted.expires_at, kNow + 60);
    const auto claims = claims_of(minted.text);
    EXPECT_EQ(*claims.find_string("typ"), "ID");
    EXPECT_EQ(*claims.find_string("aud"), "api") << "the relying party that was asked for";
    EXPECT_EQ(*claims.find_string("azp"), "web");
    EXPECT_EQ(*claims.find_string("jti"), minted.jti);
    EXPECT_EQ(claims.find("exp")->as_int64(), kNow + 60);
    for (const auto* absent : {"at_hash", "nonce", "scope"}) {
        EXPECT_EQ(claims.find(absent), nullptr) << absent;
    }
}

TEST_F(MinterTest, AnExtraIdTokenIsBoundToTheAccessTokenByItsHash) {
    auto facts = plan();
    facts.with_id_token = true;
    const auto minted = mint(facts, parties());
    const auto digest = crypto::sha256(minted.text);
    EXPECT_EQ(*claims_of(minted.id_token).find_string("at_hash"),
              base64url_encode(std::string_view(digest).substr(0, 16)));
}

TEST_F(MinterTest, AlgorithmAndHeaderFollowTheClient) {
    keys_.push_back(make_key("k2", "EdDSA"));
    client("web").access_token_algorithm = "EdDSA";
    client("web").rfc9068_header = true;
    client("web").lower_case_bearer = true;
    publish();
    auto facts = plan();
    facts.with_id_token = true;
    const auto minted = mint(facts, parties());
    const auto access = jose::peek_compact(minted.text)->header;
    EXPECT_EQ(access.alg, "EdDSA");
    EXPECT_EQ(access.kid, "k2");
    EXPECT_EQ(access.typ, "at+jwt");
    const auto id = jose::peek_compact(minted.id_token)->header;
    EXPECT_EQ(id.alg, "ES256");
    EXPECT_EQ(id.typ, "JWT");
    EXPECT_EQ(minted.token_type, "bearer");
    EXPECT_TRUE(verify(minted.text).has_value());
}

TEST_F(MinterTest, WithoutAKeyForTheAlgorithmThereIsNoToken) {
    client("web").access_token_algorithm = "RS512";
    publish();
    const auto minted =
        minter_.mint(snapshot_, make_plan(plan()), parties(), served("web"), from_unix(kNow));
    ASSERT_FALSE(minted.has_value());
    EXPECT_EQ(minted.error().code, ErrorCode::kSigningKeyMissing);
    EXPECT_THAT(minted.error().hint, HasSubstr("RS512"));
}

TEST_F(MinterTest, ANewFamilyReachesEveryTokenThatIsIssuedWithIt) {
    realm_.error_dialect = ErrorDialect::kKeycloak;
    publish();
    auto facts = plan();
    facts.token_type = TokenType::kRefreshToken;
    facts.refresh = IssueRefresh::kNewFamily;
    facts.refresh_expires_at = kNow + 1800;
    facts.rules = {RuleId("r1")};
    auto made = parties();
    made.xid = "tree";
    made.xp = {"a"};
    facts.act = facts.actors = R"({"sub":"agent","client_id":"agent"})";
    const auto minted = mint(facts, made);
    ASSERT_TRUE(minted.new_family.has_value());
    const auto& family = *minted.new_family;
    EXPECT_EQ(family.session, session_.id);
    EXPECT_EQ(family.user.text(), "u1");
    EXPECT_EQ(family.client.text(), "web");
    EXPECT_EQ(family.scopes, facts.scopes);
    EXPECT_EQ(family.audience, facts.audience);
    EXPECT_TRUE(family.audience_restricted);
    EXPECT_EQ(family.rule.text(), "r1");
    EXPECT_EQ(family.xid, "tree");
    EXPECT_THAT(family.xp, ElementsAre("a", sessions::rule_mark("r1")));
    EXPECT_EQ(family.act, facts.actors);
    EXPECT_EQ(family.created, kNow);
    EXPECT_EQ(family.expires, kNow + 1800);
    EXPECT_FALSE(family.rotate);
    EXPECT_TRUE(sessions::looks_like_refresh_token(minted.refresh_token));
    EXPECT_EQ(minted.refresh_hash, sessions::hash_of_refresh_token(minted.refresh_token));
    EXPECT_EQ(minted.refresh_expires_at, kNow + 1800);
    // Keycloak's answer: an access token in access_token, the refresh token beside it.
    EXPECT_EQ(minted.type, TokenType::kRefreshToken);
    EXPECT_TRUE(verify(minted.text).has_value());
    const Revocation end{RevocationKind::kFamily, family.id, 0, kNow + 5000};
    ASSERT_TRUE(revocations_.add("shop", end).has_value());
    EXPECT_FALSE(verify(minted.text).has_value());
}

// RFC 8693 section 2.2.1.
TEST_F(MinterTest, ARequestedRefreshTokenTravelsAloneInTheStrictDialect) {
    auto facts = plan();
    facts.token_type = TokenType::kRefreshToken;
    facts.refresh = IssueRefresh::kNewFamily;
    facts.refresh_expires_at = kNow + 1800;
    facts.with_id_token = true;
    const auto minted = mint(facts, parties());
    EXPECT_TRUE(sessions::looks_like_refresh_token(minted.text));
    EXPECT_EQ(minted.refresh_hash, sessions::hash_of_refresh_token(minted.text));
    EXPECT_EQ(minted.token_type, "N_A");
    EXPECT_EQ(minted.expires_at, kNow + 1800);
    EXPECT_EQ(minted.jti, minted.new_family->id);
    EXPECT_TRUE(minted.refresh_token.empty());
    EXPECT_TRUE(minted.id_token.empty());
}

TEST_F(MinterTest, PublicClientsAndStrictRealmsRotate) {
    auto facts = plan();
    facts.refresh = IssueRefresh::kNewFamily;
    client("web").kind = ClientKind::kPublic;
    publish();
    facts.holder = facts.requester = &served("web");
    EXPECT_TRUE(mint(facts, parties()).new_family->rotate);
    client("web").kind = ClientKind::kConfidential;
    realm_.revoke_refresh_token = true;
    realm_.refresh_token_max_reuse = 2;
    publish();
    facts.holder = facts.requester = &served("web");
    const auto strict = mint(facts, parties());
    EXPECT_TRUE(strict.new_family->rotate);
    EXPECT_EQ(strict.new_family->max_reuse, 2);
}

TEST_F(MinterTest, ANewFamilyKeepsTheBoundsOfItsPlanAndItsFirstRule) {
    auto facts = plan();
    facts.refresh = IssueRefresh::kNewFamily;
    facts.refresh_not_after = kNow + 5000;
    facts.refresh_max_uses = 7;
    facts.rules = {RuleId("orders-to-billing"), RuleId("orders-to-catalog")};
    const auto family = *mint(facts, parties()).new_family;
    EXPECT_EQ(family.not_after, kNow + 5000);
    EXPECT_EQ(family.max_uses, 7);
    EXPECT_EQ(family.uses, 0);
    EXPECT_EQ(family.rule, RuleId("orders-to-billing"));
}

TEST_F(MinterTest, AServiceAccountsTokenTellsWhereItsClientIs) {
    client("web").mappers = {{.id = "m2",
                              .name = "Client Host",
                              .protocol = "openid-connect",
                              .type = "oidc-usersessionmodel-note-mapper",
                              .config = {{"user.session.note", "clientHost"},
                                         {"claim.name", "clientHost"},
                                         {"jsonType.label", "String"},
                                         {"access.token.claim", "true"}}}};
    auto account = user();
    account.service_account_of = ClientId("web");
    put(account);
    publish();
    auto made = parties();
    made.client_address = "192.0.2.7";
    auto facts = plan(GrantType::kClientCredentials);
    facts.holder = facts.requester = &served("web");
    EXPECT_EQ(*claims_of(mint(facts, made).text).find_string("clientHost"), "192.0.2.7");
    made.client_address.clear();
    EXPECT_EQ(claims_of(mint(facts, made).text).find("clientHost"), nullptr);
}

TEST_F(MinterTest, ARefreshKeepsTheFamilyAndNamesItAsAncestor) {
    auto facts = plan(GrantType::kRefreshToken);
    facts.refresh = IssueRefresh::kRotate;
    facts.refresh_expires_at = kNow + 900;
    auto made = parties();
    made.family = RefreshFamily{};
    made.family->id = "f1";
    made.family->auth_time = kNow - 500;
    made.refresh_hash = "old";
    made.xid = "tree";
    const auto rotated = mint(facts, made);
    EXPECT_FALSE(rotated.new_family.has_value());
    EXPECT_NE(rotated.refresh_token, "");
    EXPECT_NE(rotated.refresh_hash, "old");
    EXPECT_EQ(*claims_of(rotated.text).find_string("xp"), sessions::short_id("f1"));
    facts.refresh = IssueRefresh::kKeep;
    const auto kept = mint(facts, made);
    EXPECT_EQ(kept.refresh_token, "");
    EXPECT_EQ(kept.refresh_hash, "old");
    EXPECT_EQ(kept.refresh_expires_at, kNow + 900);
    EXPECT_EQ(*claims_of(kept.text).find_string("xp"), sessions::short_id("f1"));
    facts.refresh = IssueRefresh::kNone;
    const auto none = mint(facts, made);
    EXPECT_EQ(*claims_of(none.text).find_string("xp"), sessions::short_id("f1"));
}

}  // namespace
}  // namespace cambist::tokens
