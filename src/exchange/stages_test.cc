// SPDX-License-Identifier: Apache-2.0
#include "exchange/test_world.h"

// Which realm a request reaches, and the sessions and families that an exchange opens or uses up.
namespace cambist::exchange {
namespace {

// A realm in which `with` stands in the place of `what`.
std::string replaced(std::string realm, std::string_view what, const std::string& with) {
    return realm.replace(realm.find(what), what.size(), with);
}

class OpenRealmTest : public World {
  protected:
    Incoming incoming() {
        Incoming made;
        made.realm = "shop";
        made.content_type = "application/x-www-form-urlencoded; charset=utf-8";
        made.body = "grant_type=client_credentials&client_id=orders&client_secret=orders-secret";
        made.caller.address = "203.0.113.9";
        made.caller.secure = true;
        made.at = clock_.now();
        made.trace = TraceId(make_ulid(random_, clock_.seconds * 1000));
        return made;
    }
    // Why the request is refused; kInternal when it is not.
    ErrorCode refusal(const Incoming& made) {
        ErrorCode code = ErrorCode::kNotFound;
        exchange_.conclude(exchange_.walk(made), [&](const Outcome& ended) {
            code = ended.response ? ErrorCode::kInternal : ended.response.error().code;
        });
        return code;
    }
};

TEST_F(OpenRealmTest, IsTheOneThatThePathNamesAndServes) {
    auto request = incoming();
    EXPECT_EQ(refusal(request), ErrorCode::kInternal);
    request.realm = "Shop";
    EXPECT_EQ(refusal(request), ErrorCode::kRealmUnknown);
    apply(replaced(std::string(kShopRealm), "realm: shop\n", "realm: shop\nenabled: false\n"));
    EXPECT_EQ(refusal(incoming()), ErrorCode::kRealmDisabled);
}

TEST_F(OpenRealmTest, TakesNoParametersFromTheQuery) {
    auto request = incoming();
    request.has_query = true;
    EXPECT_EQ(refusal(request), ErrorCode::kMalformedRequest);
}

TEST_F(OpenRealmTest, TakesNothingButAForm) {
    auto request = incoming();
    request.content_type = "application/json";
    EXPECT_EQ(refusal(request), ErrorCode::kContentTypeWrong);
}

TEST_F(OpenRealmTest, DemandsTlsAsItsSslRequiredSays) {
    auto request = incoming();
    request.caller.secure = false;
    EXPECT_EQ(refusal(request), ErrorCode::kHttpsRequired) << "external is the default";
    request.caller.address = "10.0.0.7";
    EXPECT_EQ(refusal(request), ErrorCode::kInternal) << "a neighbour may come in clear";
    apply(replaced(std::string(kShopRealm), "realm: shop\n", "realm: shop\nsslRequired: all\n"));
    EXPECT_EQ(refusal(request), ErrorCode::kHttpsRequired);
    apply(replaced(std::string(kShopRealm), "realm: shop\n", "realm: shop\nsslRequired: none\n"));
    request.caller.address = "203.0.113.9";
    EXPECT_EQ(refusal(request), ErrorCode::kInternal);
}

constexpr const char* kRefreshType = "urn:ietf:params:oauth:token-type:refresh_token";

// web is confidential here, and may exchange the refresh token that it holds, once.
class ConsumedTest : public World {
  protected:
    ConsumedTest() {
        auto realm =
            replaced(std::string(kShopRealm), "  - clientId: web\n    publicClient: true\n",
                     "  - clientId: web\n    secret: web-secret\n");
        apply(realm + R"(
  - id: web-to-billing
    owner: billing
    effect: permit
    requester: { clients: [web] }
    subject:
      tokenTypes: [refresh_token]
      issuers: [self]
      binding: audience
      users: { any: true }
      consumeRefreshToken: true
    target: { audiences: [billing] }
    result: { mode: same-subject, tokenTypes: [access_token], lifetime: 2m }
)");
    }
    static std::string body(const std::string& refresh_token) {
        return "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=web"
               "&client_secret=web-secret&audience=billing&subject_token=" +
               refresh_token + "&subject_token_type=" + kRefreshType;
    }
    TokenResponse login_confidential() {
        return granted(
            "grant_type=password&client_id=web&client_secret=web-secret&username=alice"
            "&password=alice-password&scope=openid");
    }
};

TEST_F(ConsumedTest, ARefreshTokenThatARuleUsesUpIsGoneAfterwards) {
    const auto login = login_confidential();
    const auto issued = granted(body(login.refresh_token));
    EXPECT_EQ(*claims_of(issued.access_token).find_string("aud"), "billing");
    const auto again = serve(body(login.refresh_token));
    EXPECT_FALSE(again.response);
    EXPECT_FALSE(serve("grant_type=refresh_token&client_id=web&client_secret=web-secret"
                       "&refresh_token=" +
                       login.refresh_token)
                     .response);
}

TEST_F(ConsumedTest, ARefusedExchangeUsesNothingUp) {
    const auto login = login_confidential();
    refused(body(login.refresh_token) + "&audience=payroll");
    granted(body(login.refresh_token));
}

// orders gets offline tokens for billing, also for subjects that have no session.
class OfflineTest : public World {
  protected:
    OfflineTest() {
        auto realm = replaced(std::string(kShopRealm), "tokenTypes: [access_token, id_token]",
                              "tokenTypes: [access_token, refresh_token]\n"
                              "      refresh: offline\n      session: create");
        realm = replaced(realm, "users: { groups: [/staff] }", "users: { any: true }");
        apply(replaced(realm, "      lifetime: 2m\n",
                       "      lifetime: 2m\n"
                       "    risk: { reason: a test, expires: 2099-01-01 }\n"));
    }
    std::string offline_body(const std::string& token) {
        return exchange_body("orders", token,
                             "&audience=billing&scope=offline_access&requested_token_type=" +
                                 std::string(kRefreshType));
    }
    static std::string refresh_body(const std::string& token) {
        return "grant_type=refresh_token&client_id=orders&client_secret=orders-secret"
               "&refresh_token=" +
               token;
    }
};

TEST_F(OfflineTest, AnOfflineTokenHasASessionOfItsOwnAndTheTimeOfTheLogIn) {
    const auto subject = login().access_token;
    const auto issued = granted(offline_body(subject)).access_token;
    clock_.seconds += 60;
    const auto claims = claims_of(granted(refresh_body(issued)).access_token);
    EXPECT_NE(*claims.find_string("sid"), *claims_of(subject).find_string("sid"));
    EXPECT_EQ(claims.find("auth_time")->as_int64(),
              claims_of(subject).find("auth_time")->as_int64());
    EXPECT_EQ(claims.find_string("jti")->substr(0, 2), "of");
}

TEST_F(OfflineTest, LogOutDoesNotEndIt) {
    const auto subject = login();
    const auto issued = granted(offline_body(subject.access_token)).access_token;
    const SessionId session(*claims_of(subject.access_token).find_string("sid"));
    ASSERT_TRUE(sessions_.end(*realms_.find("shop")->realm, session, clock_.now()));
    EXPECT_FALSE(serve(offline_body(subject.access_token)).response) << "the log-in has ended";
    granted(refresh_body(issued));
}

}  // namespace
}  // namespace cambist::exchange
