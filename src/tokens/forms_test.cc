// SPDX-License-Identifier: Apache-2.0
// The forms that tokens of a client can have: lightweight, RFC 9068, pairwise; ID tokens.
#include <gmock/gmock.h>

#include "json/parse.h"
#include "tokens/introspection.h"
#include "tokens/jti.h"
#include "tokens/minter.h"
#include "tokens/test_realm.h"
#include "trust/client_keys.h"

namespace cambist::tokens {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class FormsTest : public TestRealm {
  protected:
    PlanFacts plan() const {
        PlanFacts facts;
        facts.grant = GrantType::kTokenExchange;
        facts.realm = snapshot_.realm.get();
        facts.holder = &served("web");
        facts.requester = &served("web");
        facts.audience = {"api"};
        facts.scopes = {"openid", "orders"};
        facts.expires_at = kNow + 120;
        facts.id_token_expires_at = kNow + 120;
        return facts;
    }
    Parties parties() const {
        Parties made;
        made.subject = *identities_.find(*snapshot_.realm, snapshot_.version, UserId("u1"));
        made.session = session_;
        return made;
    }
    Result<MintedToken> try_mint(const PlanFacts& facts, const Parties& made) const {
        return minter_.mint(snapshot_, make_plan(facts), made,
                            served(facts.requester->client_id.text()), from_unix(kNow));
    }
    MintedToken mint(const PlanFacts& facts) const {
        auto minted = try_mint(facts, parties());
        EXPECT_TRUE(minted.has_value()) << minted.error().describe();
        return minted ? *std::move(minted) : MintedToken{};
    }
    static json::Value claims_of(const std::string& text) {
        return jose::peek_compact(text)->claims;
    }
    static std::string typ_of(const std::string& text) {
        return jose::peek_compact(text)->header.typ;
    }
    json::Value introspect(const std::string& text) const {
        return *json::parse(*render_introspection(snapshot_, *verify(text)));
    }
    static MapperConfig claim(std::string name, std::map<std::string, std::string> switches) {
        MapperConfig made{name, name, "openid-connect", "oidc-hardcoded-claim-mapper", {}};
        made.config = std::move(switches);
        made.config["claim.name"] = std::move(name);
        made.config["claim.value"] = "v";
        return made;
    }
    void make_light(std::string_view id) {
        client(id).attributes["client.use.lightweight.access.token.enabled"] = "true";
    }
    void make_pairwise(std::string_view id, const std::string& host) {
        auto& changed = client(id);
        changed.redirect_uris = {"https://" + host + "/cb"};
        changed.mappers.push_back({"p",
                                   "p",
                                   "openid-connect",
                                   "oidc-sha256-pairwise-sub-mapper",
                                   {{"pairwiseSubAlgorithmSalt", "salt"}}});
        publish();
    }
    std::string pairwise_of(std::string_view id) const {
        return snapshot_.claims->pairwise_subject(served(id), UserId("u1")).value_or("none");
    }

    trust::ClientKeys client_keys_{nullptr};
    Minter minter_{random_, client_keys_, box_};
};

// Lightweight ----------------------------------------------------------------------------------

TEST_F(FormsTest, ALightweightTokenHoldsItsStructureAndWhatIsMarkedForIt) {
    make_light("web");
    client("web").mappers.push_back(claim("light", {{"lightweight.claim", "true"}}));
    publish();
    auto facts = plan();
    facts.with_id_token = true;
    const auto minted = mint(facts);
    const auto claims = claims_of(minted.text);
    std::vector<std::string> names;
    for (const auto& member : claims.as_object()) names.push_back(member.key);
    EXPECT_THAT(names, ElementsAre("exp", "iat", "jti", "iss", "aud", "sub", "typ", "azp",
                                   "client_id", "scope", "sid", "xid", "light"));
    EXPECT_THAT(minted.jti, StartsWith("onltte:"));
    EXPECT_EQ(*claims_of(minted.id_token).find_string("preferred_username"), "alice")
        << "an ID token is never lightweight";
}

TEST_F(FormsTest, ALightweightTokenIsFilledUpAtIntrospectionAndUserinfo) {
    make_light("web");
    publish();
    const auto minted = mint(plan());
    EXPECT_EQ(claims_of(minted.text).find("preferred_username"), nullptr);
    EXPECT_EQ(*introspect(minted.text).find_string("preferred_username"), "alice");
    const auto userinfo = *make_userinfo(snapshot_, *verify(minted.text));
    EXPECT_EQ(*userinfo.find_string("preferred_username"), "alice");
}

// A rule decides by what is the same in both.
TEST_F(FormsTest, ALightweightTokenProvesWhatTheFullOneProves) {
    const auto full = verify(mint(plan()).text);
    make_light("web");
    publish();
    const auto light = verify(mint(plan()).text);
    ASSERT_TRUE(full && light);
    EXPECT_TRUE(light->facts().is_lightweight);
    EXPECT_EQ(light->facts().subject, full->facts().subject);
    EXPECT_EQ(light->facts().audience, full->facts().audience);
    EXPECT_EQ(light->facts().holder, full->facts().holder);
    EXPECT_EQ(light->facts().scopes, full->facts().scopes);
    EXPECT_EQ(light->facts().session, full->facts().session);
    EXPECT_EQ(light->facts().expires_at, full->facts().expires_at);
    EXPECT_EQ(light->subject()->roles, full->subject()->roles);
}

TEST_F(FormsTest, AClaimsListOfARuleIsNoLightweightToken) {
    make_light("web");
    publish();
    auto facts = plan();
    facts.claims = ClaimsKind::kList;
    facts.claim_names = {"preferred_username"};
    const auto minted = mint(facts);
    EXPECT_EQ(token_of_jti(minted.jti), JtiToken::kMinimal);
    EXPECT_EQ(*claims_of(minted.text).find_string("preferred_username"), "alice");
}

// Introspection --------------------------------------------------------------------------------

TEST_F(FormsTest, IntrospectionHidesAClaimWhoseMapperSaysSoAndAddsWhatOnlyItShows) {
    client("web").mappers.push_back(
        claim("hidden", {{"access.token.claim", "true"}, {"introspection.token.claim", "false"}}));
    client("web").mappers.push_back(claim("only", {{"introspection.token.claim", "true"}}));
    publish();
    const auto text = mint(plan()).text;
    EXPECT_NE(claims_of(text).find("hidden"), nullptr);
    const auto seen = introspect(text);
    EXPECT_EQ(seen.find("hidden"), nullptr);
    EXPECT_EQ(*seen.find_string("only"), "v");
    for (const auto* kept : {"exp", "iat", "jti", "iss", "aud", "sub", "typ", "azp", "client_id",
                             "scope", "sid", "xid", "active", "username", "token_type"})
        EXPECT_NE(seen.find(kept), nullptr) << kept;
}

TEST_F(FormsTest, IntrospectionKeepsWhatTheTokenHasAndCouldNotBeMadeAgain) {
    auto note = claim("from", {{"access.token.claim", "true"}});
    note.type = "oidc-usersessionmodel-note-mapper";
    note.config["user.session.note"] = "clientAddress";
    client("web").mappers.push_back(note);
    publish();
    auto account = user();
    account.service_account_of = ClientId("web");
    put(account);
    auto made = parties();
    made.client_address = "192.0.2.7";
    const auto text = try_mint(plan(), made)->text;
    EXPECT_EQ(*introspect(text).find_string("from"), "192.0.2.7");
    client("web").mappers.back().config["introspection.token.claim"] = "false";
    publish();
    EXPECT_EQ(introspect(text).find("from"), nullptr);
    client("web").mappers.pop_back();
    publish();
    EXPECT_EQ(*introspect(text).find_string("from"), "192.0.2.7") << "no mapper hides it";
}

TEST_F(FormsTest, IntrospectionHidesWhatATargetsMapperKeepsFromIt) {
    client("web").mappers.push_back(claim("of-web", {{"access.token.claim", "true"}}));
    client("api").mappers.push_back(claim("of-api", {{"access.token.claim", "true"}}));
    for (const auto* name : {"kept", "of-web"})
        client("api").mappers.push_back(
            claim(name, {{"access.token.claim", "true"}, {"introspection.token.claim", "false"}}));
    publish();
    auto facts = plan();
    facts.scoped = &served("api");  // Keycloak's legacy exchange
    const auto text = mint(facts).text;
    for (const auto* name : {"kept", "of-api", "of-web"})
        EXPECT_NE(claims_of(text).find(name), nullptr) << name;
    EXPECT_EQ(introspect(text).find("kept"), nullptr);
    EXPECT_EQ(*introspect(text).find_string("of-api"), "v");
    EXPECT_EQ(*introspect(text).find_string("of-web"), "v") << "the holder's mapper shows it";
}

// RFC 9068 -------------------------------------------------------------------------------------

TEST_F(FormsTest, ATokenOfRfc9068HasAllThatItDemands) {
    client("web").rfc9068_header = true;
    publish();
    const auto minted = mint(plan());
    EXPECT_EQ(typ_of(minted.text), "at+jwt");
    const auto claims = claims_of(minted.text);
    for (const auto* name : {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"})
        EXPECT_NE(claims.find(name), nullptr) << name;
    EXPECT_EQ(claims.find("auth_time")->as_int64(), session_.started);
    EXPECT_EQ(*claims.find_string("acr"), "1");
    EXPECT_TRUE(verify(minted.text).has_value());
}

TEST_F(FormsTest, ATokenOfRfc9068ForNobodyElseIsForThisServer) {
    auto facts = plan();
    facts.audience.clear();
    EXPECT_EQ(claims_of(mint(facts).text).find("aud"), nullptr);
    client("web").rfc9068_header = true;
    publish();
    facts.holder = facts.requester = &served("web");
    EXPECT_EQ(*claims_of(mint(facts).text).find_string("aud"), kIssuer);
}

TEST_F(FormsTest, ATokenOfRfc9068WithoutALogInHasNoAuthTime) {
    client("web").rfc9068_header = true;
    publish();
    auto made = parties();
    made.session.reset();
    const auto claims = claims_of(try_mint(plan(), made)->text);
    EXPECT_EQ(claims.find("auth_time"), nullptr);
    EXPECT_EQ(claims.find("acr"), nullptr);
}

TEST_F(FormsTest, ALightweightTokenOfRfc9068StillHasAllThatItDemands) {
    client("web").rfc9068_header = true;
    make_light("web");
    publish();
    const auto claims = claims_of(mint(plan()).text);
    EXPECT_NE(claims.find("auth_time"), nullptr);
    EXPECT_NE(claims.find("acr"), nullptr);
    EXPECT_EQ(claims.find("preferred_username"), nullptr);
}

TEST_F(FormsTest, AJwtThatIsNotSaidToBeAnAccessTokenHasNoSuchHeader) {
    client("web").rfc9068_header = true;
    publish();
    auto facts = plan();
    facts.token_type = TokenType::kJwt;
    EXPECT_EQ(typ_of(mint(facts).text), "JWT");
}

// ID tokens ------------------------------------------------------------------------------------

TEST_F(FormsTest, ARequestedIdTokenIsForTheRelyingPartiesThatWereNamed) {
    auto facts = plan();
    facts.token_type = TokenType::kIdToken;
    facts.audience = {"api", "agent"};
    facts.audience_restricted = true;
    const auto minted = mint(facts);
    const auto claims = claims_of(minted.text);
    EXPECT_EQ(claims.find("aud")->to_text(), R"(["api","agent"])");
    EXPECT_EQ(*claims.find_string("azp"), "web");
    EXPECT_THAT(minted.audience, ElementsAre("api", "agent"));
    EXPECT_TRUE(verify(minted.text, TokenType::kIdToken).has_value());
}

TEST_F(FormsTest, RelyingPartiesThatWantAnIdTokenOtherwiseDoNotShareOne) {
    auto facts = plan();
    facts.token_type = TokenType::kIdToken;
    facts.audience_restricted = true;
    const auto refused = [&](std::vector<std::string> audience) {
        facts.realm = snapshot_.realm.get();
        facts.holder = facts.requester = &served("web");
        facts.audience = std::move(audience);
        const auto made = try_mint(facts, parties());
        return made ? ErrorCode::kInternal : made.error().code;
    };
    EXPECT_EQ(refused({"api", "agent"}), ErrorCode::kInternal);
    client("agent").id_token_algorithm = "PS256";
    publish();
    EXPECT_EQ(refused({"api", "agent"}), ErrorCode::kTargetsDisagree);
    EXPECT_EQ(refused({"agent"}), ErrorCode::kSigningKeyMissing) << "not signed as the holder's";
    client("agent").id_token_algorithm.clear();
    client("agent").id_token_encryption = {"RSA-OAEP-256", "A256GCM"};
    publish();
    EXPECT_EQ(refused({"api", "agent"}), ErrorCode::kTargetsDisagree);
    EXPECT_EQ(refused({"agent", "api"}), ErrorCode::kTargetsDisagree);
    EXPECT_NE(refused({"agent"}), ErrorCode::kInternal) << "there is no key to encrypt to";
}

TEST_F(FormsTest, ARequestedIdTokenWithoutATargetIsForItsHolder) {
    auto facts = plan();
    facts.token_type = TokenType::kIdToken;
    EXPECT_EQ(*claims_of(mint(facts).text).find_string("aud"), "web");
}

TEST_F(FormsTest, AnExtraIdTokenIsForTheClientThatGetsItWhoeverTheAccessTokenIsFor) {
    auto facts = plan();
    facts.audience_restricted = true;
    facts.with_id_token = true;
    EXPECT_EQ(*claims_of(mint(facts).id_token).find_string("aud"), "web");
}

TEST_F(FormsTest, AnAudienceMapperAddsToIdTokens) {
    client("web").mappers.push_back(
        {"aud",
         "aud",
         "openid-connect",
         "oidc-audience-mapper",
         {{"included.client.audience", "agent"}, {"id.token.claim", "true"}}});
    publish();
    auto facts = plan();
    facts.with_id_token = true;
    EXPECT_EQ(claims_of(mint(facts).id_token).find("aud")->to_text(), R"(["web","agent"])");
    facts.claims = ClaimsKind::kMinimal;
    EXPECT_EQ(*claims_of(mint(facts).id_token).find_string("aud"), "web");
}

// Pairwise -------------------------------------------------------------------------------------

TEST_F(FormsTest, APairwiseClientSeesOnlyItsOwnIdentifierOfTheUser) {
    make_pairwise("web", "web.example");
    auto facts = plan();
    facts.with_id_token = true;
    const auto minted = mint(facts);
    const auto sub = pairwise_of("web");
    EXPECT_NE(sub, "none");
    EXPECT_EQ(*claims_of(minted.text).find_string("sub"), sub);
    EXPECT_EQ(*claims_of(minted.id_token).find_string("sub"), sub);
    EXPECT_EQ(*introspect(minted.text).find_string("sub"), sub);
    const auto userinfo = *make_userinfo(snapshot_, *verify(minted.text));
    EXPECT_EQ(*userinfo.find_string("sub"), sub);
    for (const auto* text : {&minted.text, &minted.id_token})
        EXPECT_EQ(claims_of(*text).to_text().find("u1"), std::string::npos);
}

TEST_F(FormsTest, APairwiseSubjectIsLedBackToTheUserByTheSession) {
    make_pairwise("web", "web.example");
    const auto token = verify(mint(plan()).text);
    ASSERT_TRUE(token.has_value()) << token.error().describe();
    EXPECT_EQ(token->facts().subject.text(), "u1");
    EXPECT_EQ(token->subject()->user->username, "alice");
}

TEST_F(FormsTest, APairwiseSubjectThatNoPartyOfTheTokenKnowsIsRefused) {
    make_pairwise("web", "web.example");
    make_pairwise("agent", "agent.example");
    auto claims = good_claims();
    claims.set("sub", pairwise_of("agent"));
    EXPECT_EQ(refusal(sign(claims)), ErrorCode::kSubjectSessionEnded);
    claims.set("sub", pairwise_of("web"));
    EXPECT_TRUE(verify(sign(claims)).has_value());
    claims.set("sub", "u1");
    EXPECT_TRUE(verify(sign(claims)).has_value()) << "issued before the mapper was there";
    claims.set("sub", pairwise_of("web"));
    claims.erase("sid");
    EXPECT_EQ(refusal(sign(claims)), ErrorCode::kSubjectDisabled) << "nothing leads back";
}

TEST_F(FormsTest, AnExchangeToAnotherSectorRecomputesTheSubject) {
    make_pairwise("web", "web.example");
    make_pairwise("agent", "agent.example");
    auto facts = plan();
    facts.holder = facts.requester = &served("agent");
    EXPECT_EQ(*claims_of(mint(facts).text).find_string("sub"), pairwise_of("agent"));
    EXPECT_NE(pairwise_of("agent"), pairwise_of("web"));
}

TEST_F(FormsTest, AnIdTokenForARelyingPartyHasItsIdentifierOfTheUser) {
    make_pairwise("agent", "agent.example");
    auto facts = plan();
    facts.token_type = TokenType::kIdToken;
    facts.audience = {"agent"};
    facts.audience_restricted = true;
    const auto minted = mint(facts);
    EXPECT_EQ(*claims_of(minted.text).find_string("sub"), pairwise_of("agent"));
    EXPECT_EQ(verify(minted.text, TokenType::kIdToken)->facts().subject.text(), "u1");
    facts.audience = {"api", "agent"};
    EXPECT_FALSE(try_mint(facts, parties()).has_value());
    facts.audience = {"agent", "api"};
    const auto refused = try_mint(facts, parties());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kTargetsDisagree);
}

TEST_F(FormsTest, APairwiseTokenWithoutASessionIsNotIssuedButToServiceAccounts) {
    make_pairwise("web", "web.example");
    auto made = parties();
    made.session.reset();
    const auto refused = try_mint(plan(), made);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kTargetNotReachable);
    EXPECT_THAT(refused.error().hint, HasSubstr("pairwise"));
    auto for_web = plan();
    for_web.holder = for_web.requester = &served("agent");
    for_web.token_type = TokenType::kIdToken;
    for_web.audience = {"web"};
    for_web.audience_restricted = true;
    EXPECT_FALSE(try_mint(for_web, made).has_value()) << "for a relying party that is pairwise";
    auto account = user();
    account.service_account_of = ClientId("web");
    put(account);
    made.subject = *identities_.find(*snapshot_.realm, snapshot_.version, UserId("u1"));
    EXPECT_EQ(*claims_of(try_mint(plan(), made)->text).find_string("sub"), "u1");
}

}  // namespace
}  // namespace cambist::tokens
