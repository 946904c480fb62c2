// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "issuers/test_partner.h"

namespace cambist::issuers {
namespace {

using testing::HasSubstr;

TEST_F(Foreign, ATokenOfATrustedIssuerIsExchangedByItsRule) {
    const auto issued = granted(body(sign(claims())));
    const auto token = claims_of(issued.access_token);
    EXPECT_EQ(*token.find_string("aud"), "billing");
    EXPECT_EQ(*token.find_string("scope"), "invoice:read");
    EXPECT_EQ(token.find("exp")->as_int64(), clock_.seconds + 60) << "no longer than the subject's";
    EXPECT_EQ(token.find("idp")->to_text(),
              R"({"alias":"partner","sub":"u-17","name":"partner.u-17"})");
    EXPECT_NE(*token.find_string("sub"), "u-17") << "names there are not names here";
    EXPECT_FALSE(token.find_string("xid")->empty());
    const auto record = records().back();
    EXPECT_EQ(record.subject_issuer, "partner");
    EXPECT_EQ(record.subject_name, "partner.u-17");
    EXPECT_EQ(issued.refresh_token, "");
}

class Untrusted : public Foreign {
  protected:
    Untrusted() : Foreign(false) {}
};

TEST_F(Untrusted, NothingComesOfATokenWithoutARuleThatNamesItsIssuer) {
    EXPECT_EQ(refused(body(sign(claims()), "access_token")), ErrorCode::kSubjectTokenIssuer);
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kSubjectTypeNotAllowed);
    auto realm = std::string(exchange::kShopRealm);
    realm.replace(
        realm.find("exchangeRules:\n"), 15,
        "trustedIssuers:\n" + entry("partner", kPartner, "binding: service") + "exchangeRules:\n");
    apply(realm);
    EXPECT_FALSE(serve(body(sign(claims()), "access_token")).response)
        << "the shop's rule takes tokens of its own";
    EXPECT_FALSE(serve(body(sign(claims()))).response);
}

TEST_F(Foreign, EveryCauseHasItsCode) {
    const auto now = clock_.seconds;
    EXPECT_EQ(refused_with("exp", now - 31), ErrorCode::kSubjectTokenExpired);
    EXPECT_EQ(refused_with("nbf", now + 31), ErrorCode::kSubjectTokenNotYetValid);
    EXPECT_EQ(refused_with("iat", now + 31), ErrorCode::kSubjectTokenNotYetValid);
    EXPECT_EQ(refused_without("exp"), ErrorCode::kSubjectTokenClaims);
    EXPECT_EQ(refused_without("sub"), ErrorCode::kSubjectTokenClaims);
    EXPECT_EQ(refused_with("exp", "soon"), ErrorCode::kSubjectTokenClaims);
    EXPECT_EQ(refused_with("aud", "https://id.example/realms/other"), ErrorCode::kForeignAudience);
    EXPECT_EQ(refused_without("aud"), ErrorCode::kForeignAudience);
    EXPECT_EQ(refused_with("iss", "https://idp.partner.example/"), ErrorCode::kSubjectTokenIssuer);
    EXPECT_EQ(refused_with("sub", kPartner), ErrorCode::kForeignKind) << "a client assertion";
    EXPECT_EQ(refused_with("events", json::Value::object()), ErrorCode::kForeignKind);
    EXPECT_EQ(refused_with("typ", "Refresh"), ErrorCode::kForeignKind);
    EXPECT_EQ(refused_with("typ", "ID", "access_token"), ErrorCode::kSubjectTypeMismatch);
    EXPECT_EQ(refused_with("at_hash", "x", "access_token"), ErrorCode::kSubjectTypeMismatch);
    EXPECT_EQ(refused_with("typ", "Bearer", "id_token"), ErrorCode::kSubjectTypeMismatch);
    EXPECT_EQ(refused_with("act", json::Value::object().set("sub", "x")), ErrorCode::kForeignActor);
    EXPECT_EQ(refused_with("may_act", json::Value::object().set("sub", "x")),
              ErrorCode::kForeignActor);
    EXPECT_EQ(refused(body(sign(claims(), "p2"))), ErrorCode::kSubjectTokenKeyUnknown);
    EXPECT_EQ(refused(body(sign(claims(), "p1", "dpop+jwt"))), ErrorCode::kForeignKind);
    EXPECT_EQ(refused(body(sign(claims(), "p1", "logout+jwt"))), ErrorCode::kForeignKind);
    EXPECT_EQ(refused(body(sign(claims(), "p1", "at+jwt"), "id_token")),
              ErrorCode::kSubjectTypeMismatch);
    granted(body(sign(claims(), "p1", "at+jwt"), "access_token"));
}

TEST_F(Foreign, OnlyTheIssuersOwnKeyWithItsOwnAlgorithmCounts) {
    const auto stranger = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    const auto forged = *jose::sign_compact(
        stranger, {crypto::SignatureAlgorithm::kEs256, "p1", "JWT"}, claims().to_text());
    EXPECT_EQ(refused(body(forged)), ErrorCode::kSubjectTokenSignature);
    trust("binding: service, algorithms: [RS256]");
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kSubjectTokenAlgorithm);
    const auto unsigned_token =
        "eyJhbGciOiJub25lIn0." + sign(claims()).substr(sign(claims()).find('.') + 1);
    EXPECT_EQ(refused(body(unsigned_token)), ErrorCode::kSubjectTokenAlgorithm);
}

TEST_F(Foreign, TheSkewOfTheIssuerIsGrantedAndNoMore) {
    auto late = claims();
    late.set("exp", clock_.seconds - 29);
    const auto issued = granted(body(sign(late)));
    EXPECT_EQ(claims_of(issued.access_token).find("exp")->as_int64(), clock_.seconds + 1);
    EXPECT_THAT(hint(body(sign(claims().set("exp", clock_.seconds - 42)))),
                HasSubstr("it expired 42 s ago"));
}

TEST_F(Foreign, WhatTheEntryDemandsIsDemanded) {
    trust(
        "binding: service, authorizedParties: [their-app], require: { env: prod, 'a.b': ['x*'] }, "
        "maxAge: 1m, maxLifetime: 2m");
    const auto good = [&] {
        auto all = claims();
        all.set("azp", "their-app").set("env", "prod");
        return all.set("a", json::Value::object().set("b", "x1"));
    };
    granted(body(sign(good())));
    EXPECT_EQ(refused(body(sign(good().set("azp", "other")))), ErrorCode::kForeignParty);
    EXPECT_EQ(refused(body(sign(good().set("env", "Prod")))), ErrorCode::kForeignClaim);
    EXPECT_EQ(refused(body(sign(good().set("a.b", "y")))), ErrorCode::kForeignClaim);
    EXPECT_EQ(refused(body(sign(good().set("iat", clock_.seconds - 91)))),
              ErrorCode::kForeignTooOld);
    EXPECT_EQ(refused(body(sign(good().set("exp", clock_.seconds + 151)))),
              ErrorCode::kForeignTooLong);
    auto ageless = good();
    ageless.erase("iat");
    EXPECT_EQ(refused(body(sign(ageless))), ErrorCode::kForeignTooOld) << "NEG-40";
    EXPECT_THAT(hint(body(sign(good().set("env", "test")))),
                HasSubstr("env is 'test', must be 'prod'"));
}

TEST_F(Foreign, ModeAuditRecordsWhatWouldBeRefusedAndNeverLetsAForgeryThrough) {
    trust("binding: service, mode: audit, require: { env: prod }");
    granted(body(sign(claims())));
    const auto steps = records().back().steps;
    EXPECT_TRUE(std::ranges::any_of(steps, [](const TraceStep& step) {
        return step.text.contains("mode audit, would be refused: TX-FTK-04");
    }));
    EXPECT_EQ(refused_with("aud", "x"), ErrorCode::kForeignAudience);
    EXPECT_EQ(refused(body(sign(claims(), "p2"))), ErrorCode::kSubjectTokenKeyUnknown);
}

TEST_F(Foreign, AJtiThatServesOnceIsTakenWithTheIssueAndNotByARefusal) {
    trust("binding: service, singleUse: true");
    const auto token = sign(claims());
    EXPECT_FALSE(serve(body(token, "jwt", "&audience=payroll")).response);
    granted(body(token));
    EXPECT_EQ(refused(body(token)), ErrorCode::kForeignReplayed);
    EXPECT_EQ(refused_without("jti"), ErrorCode::kForeignJtiMissing);
    EXPECT_EQ(refused_with("exp", clock_.seconds + 90000), ErrorCode::kForeignTooLong) << "NEG-62";
}

TEST_F(Foreign, TwoIssuersWithOneSubjectAreTwoPeople) {
    trust("binding: service", entry("rival", "https://idp.rival.example", "binding: service"),
          rule("any", "").replace(rule("any").find("[partner]"), 9, "[rival]"));
    const auto ours = claims_of(granted(body(sign(claims()))).access_token);
    const auto theirs = claims_of(
        granted(body(sign(claims().set("iss", "https://idp.rival.example")))).access_token);
    EXPECT_NE(*ours.find_string("sub"), *theirs.find_string("sub"));
}

TEST_F(Foreign, SubjectIssuerNamesTheEntryOrTheIssuer) {
    for (const auto* named : {"partner", "https://idp.partner.example"})
        granted(
            body(sign(claims()), "jwt", "&audience=billing&subject_issuer=" + std::string(named)));
    EXPECT_EQ(refused(body(sign(claims()), "jwt", "&audience=billing&subject_issuer=google")),
              ErrorCode::kIssuerUnknown);
    EXPECT_EQ(refused(body(login().access_token, "access_token",
                           "&audience=billing&subject_issuer=partner")),
              ErrorCode::kIssuerUnknown);
}

TEST_F(Foreign, AnIssuerIsForItsClientsUsesAndTypes) {
    trust("binding: service, clients: [stranger]");
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kIssuerNotForClient);
    trust("binding: service, tokenTypes: [id_token]");
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kIssuerNotForUse);
    granted(body(sign(claims()), "id_token"));
    trust("binding: service, uses: [grant]");
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kIssuerNotForUse);
    trust("binding: service, enabled: false");
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kIssuerDisabled);
    trust("binding: none");
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kBindingNone) << "the default";
}

TEST_F(Foreign, WhatCameOfItIsExchangedOnAndEndsWithTheTrust) {
    trust("binding: ephemeral", "",
          "  - id: on\n    owner: payroll\n    requester: { clients: [orders] }\n    subject: { "
          "binding: azp, users: { any: true } }\n    target: { audiences: [payroll] }\n    result: "
          "{ mode: same-subject, lifetime: 1m }\n");
    const auto first = granted(body(sign(claims()))).access_token;
    const auto second =
        claims_of(granted(body(first, "access_token", "&audience=payroll")).access_token);
    EXPECT_EQ(*second.find("idp")->find_string("sub"), "u-17");
    trust("binding: link");
    EXPECT_EQ(refused(body(first, "access_token", "&audience=payroll")),
              ErrorCode::kSubjectDisabled);
}

TEST_F(Foreign, WhoHasNoUserHereGetsNoRefreshToken) {
    EXPECT_EQ(refused(body(sign(claims()), "jwt",
                           "&audience=billing&requested_token_type=" + std::string(kTypePrefix) +
                               "refresh_token")),
              ErrorCode::kNoUserOfOurs);
}

TEST_F(Foreign, ALinkedUserIsFoundByIssuerAndSubject) {
    trust("binding: link");
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kBindingNotLinked);
    const auto alice = *store_.users().find_by_username("shop", "alice");
    ASSERT_TRUE(store_.federated_identities().put(
        "shop", {{.issuer = "partner", .subject = "u-17", .user = alice->id, .username = "a"}}));
    const auto issued = granted(body(
        sign(claims()), "jwt",
        "&audience=billing&requested_token_type=" + std::string(kTypePrefix) + "refresh_token"));
    EXPECT_NE(issued.refresh_token + issued.access_token, "");
    EXPECT_EQ(records().back().subject_name, "alice");
    auto user = *alice;
    user.enabled = false;
    ASSERT_TRUE(store_.users().put("shop", {user}));
    identities_.invalidate_realm(RealmName("shop"));
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kSubjectDisabled) << "NEG-01";
}

TEST_F(Foreign, AMatchNeedsExactlyOneUser) {
    trust(
        "binding: { kind: match, autoLink: true, match: [{ claim: badge, attribute: badge }, { "
        "claim: email, attribute: email }] }");
    auto alice = **store_.users().find_by_username("shop", "alice");
    auto bob = **store_.users().find_by_username("shop", "bob");
    alice.attributes["badge"] = {"17"};
    bob.attributes["badge"] = {"17"};
    ASSERT_TRUE(store_.users().put("shop", {alice, bob}));
    EXPECT_EQ(refused_with("badge", "17"), ErrorCode::kBindingAmbiguous);
    EXPECT_EQ(refused_with("badge", "18"), ErrorCode::kBindingNoMatch);
    EXPECT_EQ(refused_with("email", "alice@shop.example"), ErrorCode::kBindingNoMatch)
        << "NEG-42: nobody verified it";
    granted(body(sign(claims().set("email", "alice@shop.example").set("email_verified", true))));
    EXPECT_EQ(records().back().subject_name, "alice");
    granted(body(sign(claims())));  // linked since then
    EXPECT_EQ(records().back().subject_name, "alice");
}

TEST_F(Foreign, ANewUserIsMadeOnceAndOnlyWithAnIssue) {
    trust(
        "binding: { kind: create, onlyIf: { hd: partner.example }, username: 'p-${CLAIM.sub}', "
        "attributes: { dept: department }, groups: [/staff] }");
    const auto before = users();
    const auto good = claims().set("hd", "partner.example").set("department", "sales");
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kBindingNotAdmitted);
    EXPECT_FALSE(serve(body(sign(good), "jwt", "&audience=payroll")).response);
    EXPECT_EQ(users(), before) << "a refusal makes nobody";
    const auto first = claims_of(granted(body(sign(good))).access_token);
    const auto second = claims_of(granted(body(sign(good))).access_token);
    EXPECT_EQ(*first.find_string("sub"), *second.find_string("sub"));
    EXPECT_EQ(users(), before + 1);
    const auto made = *store_.users().find_by_username("shop", "p-u-17");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->attributes.at("dept"), std::vector<std::string>{"sales"});
    EXPECT_EQ(made->groups, std::vector<std::string>{"/staff"});
}

TEST_F(Foreign, ANewUserWhoseNameOrAddressIsTakenIsNobody) {
    trust("binding: { kind: create, username: '${CLAIM.login}' }");
    EXPECT_EQ(refused_with("login", "Alice"), ErrorCode::kBindingUserExists) << "E18";
    EXPECT_EQ(refused(body(sign(claims().set("login", "x").set("email", "Bob@shop.example")))),
              ErrorCode::kBindingUserExists);
}

TEST_F(Foreign, AnIssuerOfAnOrganizationIsForItsMembers) {
    more_ = "organizationsEnabled: true\norganizations: [{ name: acme }]\n";
    trust("binding: link, organization: acme");
    const auto alice = *store_.users().find_by_username("shop", "alice");
    ASSERT_TRUE(store_.federated_identities().put(
        "shop", {{.issuer = "partner", .subject = "u-17", .user = alice->id, .username = {}}}));
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kBindingNotAdmitted) << "no member";
    trust("binding: create, organization: acme");
    granted(body(sign(claims().set("sub", "u-18"))));
    const auto made = *store_.users().find("shop", UserId(records().back().subject));
    ASSERT_EQ(made->memberships.size(), 1U);
    EXPECT_EQ(made->memberships.front().organization, "acme");
}

TEST_F(Foreign, ScopesComeByTheMapAndNeverBeyondTheCeiling) {
    trust("binding: service, scopeMap: { read: [\"invoice:read\"] }");
    EXPECT_EQ(claims_of(granted(body(sign(claims()))).access_token).find("scope"), nullptr);
    EXPECT_EQ(granted(body(sign(claims().set("scope", "write read")))).scope, "invoice:read");
    auto listed = claims();
    listed.set("scp", json::Value::array().push("read"));
    EXPECT_EQ(granted(body(sign(listed))).scope, "invoice:read");
    EXPECT_EQ(refused(body(sign(claims()), "jwt", "&audience=billing&scope=invoice:read")),
              ErrorCode::kScopeNotAllowed);
}

TEST_F(Foreign, AnAssertionIsAGrantByRuleAndServesOnce) {
    trust("binding: service, uses: [grant]");
    const auto token = sign(claims());
    const auto issued = granted(grant(token, "&audience=billing"));
    EXPECT_EQ(*claims_of(issued.access_token).find_string("aud"), "billing");
    EXPECT_FALSE(issued.issued_token_type);
    const auto again = serve(grant(token, "&audience=billing"));
    ASSERT_FALSE(again.response);
    EXPECT_EQ(again.response.error().code, ErrorCode::kAssertionUnusable);
    EXPECT_THAT(again.response.error().hint, HasSubstr("TX-FTK-08"));
    const auto untold = granted(grant(sign(claims().set("jti", "j-2"))));
    EXPECT_EQ(*claims_of(untold.access_token).find_string("aud"), "billing")
        << "the one target that the rules let it have";
}

TEST_F(Foreign, AnAssertionIsForOneReceiverAndYoung) {
    trust("binding: service, uses: [grant]");
    int number = 100;
    const auto told = [&](json::Value all) {
        return hint(grant(sign(all.set("jti", std::to_string(++number))), "&audience=billing"));
    };
    auto several = claims();
    several.set("aud", json::Value::array()
                           .push("https://id.example/realms/shop")
                           .push("https://elsewhere.example"));
    EXPECT_THAT(told(several), HasSubstr("TX-FTK-02"));
    EXPECT_THAT(told(claims().set("iat", clock_.seconds - 331)), HasSubstr("TX-FTK-05"));
    auto ageless = claims().set("exp", clock_.seconds + 400);
    ageless.erase("iat");
    EXPECT_THAT(told(ageless), HasSubstr("TX-FTK-05"));
    auto anonymous = claims();
    anonymous.erase("jti");
    EXPECT_THAT(hint(grant(sign(anonymous), "&audience=billing")), HasSubstr("TX-FTK-07"));
    granted(grant(sign(claims().set("aud",
                                    "https://id.example/realms/shop/protocol/openid-connect/"
                                    "token")),
                  "&audience=billing"));
}

TEST_F(Foreign, KeycloaksSwitchOfTheClientGivesItsOwnScopes) {
    trust("binding: link, uses: [grant]", "", "",
          "  - clientId: robot\n    secret: robot-secret\n    defaultClientScopes: [basic, orders, "
          "\"invoice:read\"]\n    attributes: { oauth2.jwt.authorization.grant.enabled: \"true\", "
          "oauth2.jwt.authorization.grant.idp: \"other##partner\" }\n");
    const auto alice = *store_.users().find_by_username("shop", "alice");
    ASSERT_TRUE(store_.federated_identities().put(
        "shop", {{.issuer = "partner", .subject = "u-17", .user = alice->id, .username = {}}}));
    const auto request =
        "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&client_id=robot&"
        "client_secret=robot-secret&assertion=" +
        sign(claims());
    const auto token = claims_of(granted(request).access_token);
    EXPECT_EQ(*token.find_string("sub"), alice->id.text());
    EXPECT_EQ(*token.find_string("aud"), "orders");
    EXPECT_EQ(*token.find_string("scope"), "invoice:read");
    EXPECT_EQ(token.find("exp")->as_int64(), clock_.seconds + 60);
}

TEST_F(Foreign, AForeignActorNeedsAnIssuerThatMaySpeakOfActors) {
    const std::string delegation =
        "  - id: act\n    owner: payroll\n    requester: { clients: [orders] }\n    subject: { "
        "binding: audience, users: { any: true } }\n    actor: { users: { any: true }, tokenTypes: "
        "[jwt], issuers: [partner] }\n    target: { audiences: [payroll] }\n    result: { mode: "
        "delegation, scopes: { allow: [\"invoice:read\"] }, lifetime: 1m }\n";
    const auto request = [&] {
        return body(login().access_token, "access_token",
                    "&audience=payroll&actor_token=" + sign(claims()) +
                        "&actor_token_type=" + std::string(kTypePrefix) + "jwt");
    };
    trust("binding: service", "", delegation);
    EXPECT_EQ(refused(request()), ErrorCode::kActorTokenUnusable) << "NEG-73";
    trust("binding: service, uses: [subject, actor]", "", delegation);
    const auto token = claims_of(granted(request()).access_token);
    EXPECT_EQ(token.find("act")->to_text(), R"({"sub":"u-17","iss":"https://idp.partner.example",)"
                                            R"("preferred_username":"partner.u-17"})");
    auto delegated = claims();
    delegated.set("act", json::Value::object().set("sub", "their-agent"));
    const auto kept = claims_of(granted(body(sign(delegated))).access_token);
    EXPECT_EQ(kept.find("act")->to_text(),
              R"({"sub":"their-agent","iss":"https://idp.partner.example"})");
}

TEST_F(Foreign, AClientProvesItselfByTheTokenOfItsIssuer) {
    trust("uses: [client]", "", "",
          "  - clientId: pod\n    clientAuthenticatorType: federated-jwt\n    "
          "serviceAccountsEnabled: true\n    attributes: { jwt.credential.issuer: partner, "
          "jwt.credential.sub: u-17 }\n");
    const auto request = [&](const json::Value& all, const std::string& more = "") {
        return "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:"
               "client-assertion-type:jwt-bearer&client_assertion=" +
               sign(all) + more;
    };
    granted(request(claims()));
    granted(request(claims(), "&client_id=pod"));
    EXPECT_EQ(refused(request(claims().set("sub", "u-18"))), ErrorCode::kClientUnknown);
    EXPECT_EQ(refused(request(claims().set("sub", "u-18"), "&client_id=pod")),
              ErrorCode::kClientAssertionInvalid);
    auto several = claims();
    several.set("aud", json::Value::array()
                           .push("https://id.example/realms/shop")
                           .push("https://elsewhere.example"));
    EXPECT_EQ(refused(request(several)), ErrorCode::kClientAssertionInvalid) << "NEG-28";
    EXPECT_EQ(refused(body(sign(claims()))), ErrorCode::kIssuerNotForUse) << "NEG-35";
    EXPECT_EQ(refused(request(claims(), "&client_id=orders")), ErrorCode::kClientMethodMismatch);
}

TEST_F(Foreign, NobodyFromElsewhereBearsTheNameOfAUserHere) {
    const std::string named = "binding: { kind: ephemeral, username: \"${CLAIM.name}\" }";
    trust(named);
    auto called = claims();
    granted(body(sign(called.set("name", "zoe"))));
    EXPECT_EQ(refused(body(sign(called.set("name", "alice")))), ErrorCode::kBindingUserExists);
    EXPECT_EQ(refused(body(sign(called.set("name", "ALICE")))), ErrorCode::kBindingUserExists);
}

TEST_F(Foreign, AnAddressThatNobodyVerifiedHereFindsNobody) {
    const std::string match = "binding: { kind: match, match: [{ claim: email, attribute: email }]";
    trust(match + " }");
    const auto token = [&] {
        return sign(claims().set("email", "alice@shop.example").set("email_verified", true));
    };
    granted(body(token()));
    auto alice = *store_.users().find_by_username("shop", "alice").value();
    alice.email_verified = false;
    ASSERT_TRUE(store_.users().put("shop", {alice}));
    identities_.invalidate(RealmName("shop"), alice.id);
    EXPECT_EQ(refused(body(token())), ErrorCode::kBindingNoMatch);
    trust(match + ", trustEmail: true }");
    granted(body(token()));
}

TEST_F(Foreign, AProofOfAClientServesOnceWhereTheIssuerSaysSo) {
    const std::string pod =
        "    clientAuthenticatorType: federated-jwt\n    serviceAccountsEnabled: true\n    "
        "attributes: { jwt.credential.issuer: partner, jwt.credential.sub: u-17 }\n";
    const auto request = [&](const json::Value& all, const std::string& more = "") {
        return "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:"
               "client-assertion-type:jwt-bearer&client_assertion=" +
               sign(all) + more;
    };
    trust("uses: [client], singleUse: true", "", "", "  - clientId: pod\n" + pod);
    granted(request(claims()));
    EXPECT_EQ(refused(request(claims())), ErrorCode::kClientAssertionReplayed);
    granted(request(claims().set("jti", "j-2")));
    // Two clients of one workload: it says which it is.
    trust("uses: [client], singleUse: true", "", "",
          "  - clientId: pod\n" + pod + "  - clientId: twin-pod\n" + pod);
    EXPECT_EQ(refused(request(claims().set("jti", "j-3"))), ErrorCode::kClientUnknown);
    granted(request(claims().set("jti", "j-4"), "&client_id=twin-pod"));
}

TEST_F(Foreign, TwoExchangesOfANewUserAtOnceMakeOneUser) {
    trust("binding: { kind: create, username: \"p-${CLAIM.sub}\" }");
    const auto one = body(sign(claims()));
    const auto other = body(sign(claims().set("jti", "j-2")));
    auto both = serve_together(one, other);
    ASSERT_TRUE(both.first.response && both.second.response);
    EXPECT_EQ(*claims_of(both.first.response->access_token).find_string("sub"),
              *claims_of(both.second.response->access_token).find_string("sub"));
    // And of one token that serves once, one of both is taken.
    trust("binding: service, singleUse: true");
    both = serve_together(body(sign(claims().set("jti", "j-9"))),
                          body(sign(claims().set("jti", "j-9"))));
    ASSERT_TRUE(both.first.response);
    ASSERT_FALSE(both.second.response);
    EXPECT_EQ(both.second.response.error().code, ErrorCode::kForeignReplayed);
}

TEST_F(Foreign, ATokenThatIsBoundToAKeyNeedsItsProof) {
    auto bound = claims();
    bound.set("cnf", json::Value::object().set("jkt", "AAAA"));
    EXPECT_EQ(refused(body(sign(bound))), ErrorCode::kSenderConstrained);
}

}  // namespace
}  // namespace cambist::issuers
