// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "endpoints/cors.h"
#include "endpoints/management.h"
#include "endpoints/router.h"
#include "endpoints/wire_error.h"
#include "exchange/test_world.h"
#include "json/parse.h"

namespace cambist::endpoints {
namespace {

using testing::HasSubstr;

std::string header_of(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}

// Waits for an answer that comes before the call ends: the store is in memory.
class Waiter final : public http::Asker {
  public:
    void on_answer(http::Response response) noexcept override { answer = std::move(response); }
    void on_no_answer() noexcept override { ADD_FAILURE() << "the reply was dropped"; }
    http::Response answer;
};

http::Response ask(const http::Handler& handler, const http::Request& request) {
    Waiter waiter;
    {
        http::Reply reply(waiter);
        handler.handle(request, reply);
    }
    return waiter.answer;
}

class EndpointsTest : public exchange::World {
  protected:
    http::Response call(std::string_view method, std::string_view path,
                        std::vector<http::Header> headers = {}, std::string body = {}) {
        if (!body.empty())
            headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        return ask(router_, http::Request::make(method, path, headers, std::move(body)));
    }
    http::Response post(std::string_view endpoint, std::string body,
                        const std::vector<http::Header>& headers = {}) {
        return call("POST", "/auth/realms/shop/protocol/openid-connect/" + std::string(endpoint),
                    headers, std::move(body));
    }
    static json::Value body_of(const http::Response& response) {
        auto parsed = json::parse(response.body);
        if (parsed) return *std::move(parsed);
        ADD_FAILURE() << response.body;
        return json::Value::object();
    }
    static std::string member(const http::Response& response, std::string_view name) {
        const auto body = body_of(response);
        const auto* value = body.find_string(name);
        return value == nullptr ? std::string() : *value;
    }
    bool is_active(const std::string& token, const std::string& client) {
        const auto response =
            post("token/introspect",
                 "client_id=" + client + "&client_secret=" + client + "-secret&token=" + token);
        EXPECT_EQ(response.status, 200);
        return body_of(response).find("active")->as_bool();
    }

    Metrics metrics_;
    Services services_{exchange_,
                       realms_,
                       clients_,
                       prover_,
                       identities_,
                       sessions_,
                       families_,
                       revocations_,
                       tokens_,
                       store_,
                       clock_,
                       random_,
                       log_,
                       metrics_,
                       client_keys_,
                       "/auth",
                       "https://id.example"};
    Router router_{services_};
};

TEST_F(EndpointsTest, ATokenAnswerMayNotBeStoredAndCarriesItsTraceId) {
    const auto response =
        post("token", "grant_type=client_credentials&client_id=orders&client_secret=orders-secret");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(header_of(response, "Cache-Control"), "no-store");
    EXPECT_EQ(header_of(response, "Content-Type"), "application/json");
    EXPECT_EQ(header_of(response, "Cambist-Trace-Id"), records().back().trace.text());
    EXPECT_EQ(body_of(response).find("refresh_token"), nullptr);  // no empty members
}

TEST_F(EndpointsTest, ARefusalNamesItsCodeAndTraceIdAndNothingOfTheInput) {
    const auto response =
        post("token", "grant_type=nonsense%22%5C&client_id=stranger&client_secret=x");
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(member(response, "error"), "unsupported_grant_type");
    EXPECT_EQ(member(response, "error_code"), "TX-GRT-01");
    EXPECT_EQ(member(response, "trace_id"), records().back().trace.text());
    EXPECT_EQ(response.body.find("nonsense"), std::string::npos);
}

TEST_F(EndpointsTest, OnlyAClientWithDiagnosticsSeesTheCause) {
    const auto token = login("bob").access_token;
    const auto open = post("token", exchange_body("orders", token, "&audience=billing"));
    EXPECT_EQ(member(open, "error_code"), "TX-RUL-02");
    EXPECT_FALSE(member(open, "hint").empty());
    EXPECT_EQ(member(open, "error"), "invalid_target");
    const auto closed = post("token", exchange_body("stranger", token, "&audience=billing"));
    EXPECT_EQ(member(closed, "error_code"), "TX-CLI-02");
    EXPECT_TRUE(member(closed, "hint").empty());
}

TEST_F(EndpointsTest, AnUnknownClientAndAWrongSecretLookTheSame) {
    const auto unknown =
        post("token", "grant_type=client_credentials&client_id=nobody&client_secret=x");
    const auto wrong =
        post("token", "grant_type=client_credentials&client_id=orders&client_secret=x");
    EXPECT_EQ(unknown.status, 401);
    EXPECT_EQ(wrong.status, 401);
    for (const auto* name : {"error", "error_description", "error_code"})
        EXPECT_EQ(member(unknown, name), member(wrong, name));
    EXPECT_THAT(header_of(wrong, "WWW-Authenticate"), HasSubstr("Basic realm="));
}

TEST_F(EndpointsTest, OtherMethodsAreAnsweredWithAllow) {
    const auto response = call("GET", "/auth/realms/shop/protocol/openid-connect/token");
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(header_of(response, "Allow"), "POST, OPTIONS");
}

TEST_F(EndpointsTest, NothingIsServedOutsideTheBasePathOrForUnknownRealms) {
    EXPECT_EQ(call("GET", "/realms/shop").status, 404);
    EXPECT_EQ(call("GET", "/auth/realms/none/protocol/openid-connect/certs").status, 404);
    EXPECT_EQ(call("GET", "/auth/realms/shop/nothing").status, 404);
    EXPECT_EQ(call("GET", "/auth/realms/%zz").status, 404);
    EXPECT_EQ(call("POST", "/auth/realms/none/protocol/openid-connect/token", {}, "a=b").status,
              404);
}

TEST_F(EndpointsTest, BothDiscoveryDocumentsSayTheSameAndOnlyWhatIsOn) {
    const auto oidc = call("GET", "/auth/realms/shop/.well-known/openid-configuration");
    const auto oauth = call("GET", "/.well-known/oauth-authorization-server/auth/realms/shop");
    EXPECT_EQ(oidc.status, 200);
    EXPECT_EQ(oidc.body, oauth.body);
    EXPECT_EQ(member(oidc, "issuer"), "https://id.example/realms/shop");
    EXPECT_EQ(body_of(oidc).find("authorization_endpoint"), nullptr);
    EXPECT_THAT(oidc.body, HasSubstr("urn:ietf:params:oauth:grant-type:token-exchange"));
    EXPECT_EQ(oidc.body.find("private_key_jwt"), std::string::npos);  // no client uses it
    EXPECT_EQ(header_of(oidc, "Access-Control-Allow-Origin"), "*");
    const auto again = call("GET", "/auth/realms/shop/.well-known/openid-configuration",
                            {{"If-None-Match", header_of(oidc, "ETag")}});
    EXPECT_EQ(again.status, 304);
}

TEST_F(EndpointsTest, IntrospectionTellsOnlyTheAudienceAndTheHolder) {
    const auto subject = login();
    EXPECT_TRUE(is_active(subject.access_token, "orders"));
    EXPECT_FALSE(is_active(subject.access_token, "stranger"));
    EXPECT_FALSE(is_active("garbage", "orders"));
    EXPECT_FALSE(is_active(subject.refresh_token, "orders"));  // another client's
    EXPECT_EQ(post("token/introspect", "client_id=web&token=x").status, 400);
    EXPECT_EQ(post("token/introspect", "token=x").status, 401);
}

TEST_F(EndpointsTest, RevokingATokenEndsWhatWasExchangedFromIt) {
    const auto subject = login();
    const auto issued = granted(exchange_body("orders", subject.access_token, "&audience=billing"));
    EXPECT_TRUE(is_active(issued.access_token, "orders"));
    // Another client's try changes nothing.
    EXPECT_EQ(
        post("revoke", "client_id=orders&client_secret=orders-secret&token=" + subject.access_token)
            .status,
        400);
    EXPECT_TRUE(is_active(issued.access_token, "orders"));
    EXPECT_EQ(post("revoke", "client_id=web&token=" + subject.access_token).status, 200);
    EXPECT_FALSE(is_active(issued.access_token, "orders"));
    EXPECT_EQ(post("revoke", "client_id=web&token=unknown").status, 200);
}

TEST_F(EndpointsTest, UserinfoNeedsALiveTokenWithOpenid) {
    const auto userinfo = [&](const std::string& token) {
        return call("GET", "/auth/realms/shop/protocol/openid-connect/userinfo",
                    {{"Authorization", "Bearer " + token}});
    };
    const auto subject = login();
    const auto good = userinfo(subject.access_token);
    EXPECT_EQ(good.status, 200);
    EXPECT_EQ(member(good, "preferred_username"), "alice");
    EXPECT_EQ(userinfo(login("alice", "profile").access_token).status, 403);
    const auto bad = userinfo("garbage");
    EXPECT_EQ(bad.status, 401);
    EXPECT_THAT(header_of(bad, "WWW-Authenticate"), HasSubstr("error=\"invalid_token\""));
    const auto none = call("GET", "/auth/realms/shop/protocol/openid-connect/userinfo");
    EXPECT_EQ(none.status, 401);
    EXPECT_EQ(header_of(none, "WWW-Authenticate").find("error"), std::string::npos);
    EXPECT_EQ(post("userinfo", "access_token=" + subject.access_token,
                   {{"Authorization", "Bearer " + subject.access_token}})
                  .status,
              400);
}

TEST_F(EndpointsTest, LogOutEndsTheSession) {
    const auto subject = login();
    EXPECT_EQ(post("logout", "client_id=web&refresh_token=" + subject.refresh_token).status, 204);
    EXPECT_FALSE(is_active(subject.access_token, "orders"));
}

TEST_F(EndpointsTest, RevokingATokenThatIsOutOfUseForNowEndsItForGood) {
    const auto subject = login();
    const auto issued = granted(exchange_body("orders", subject.access_token, "&audience=billing"));
    auto disabled = std::string(exchange::kShopRealm);
    disabled.replace(disabled.find("  - username: alice\n"), 20,
                     "  - username: alice\n    enabled: false\n");
    apply(disabled);
    EXPECT_FALSE(is_active(subject.access_token, "orders"));
    EXPECT_EQ(post("revoke", "client_id=web&token=" + subject.access_token).status, 200);
    apply(exchange::kShopRealm);
    EXPECT_FALSE(is_active(subject.access_token, "orders"));
    EXPECT_FALSE(is_active(issued.access_token, "orders"));
}

TEST_F(EndpointsTest, AForeignOriginTellsNobodyWhichClientsThereAre) {
    const http::Header foreign{"Origin", "https://evil.example"};
    const auto known =
        post("token", "grant_type=client_credentials&client_id=orders&client_secret=x", {foreign});
    const auto unknown =
        post("token", "grant_type=client_credentials&client_id=nobody&client_secret=x", {foreign});
    const auto bearer_only =
        post("token", "grant_type=client_credentials&client_id=billing&client_secret=x", {foreign});
    for (const auto* response : {&known, &unknown, &bearer_only}) {
        EXPECT_EQ(response->status, 401);
        EXPECT_EQ(member(*response, "error_code"), "TX-AUT-00");
    }
    const auto refused_origin =
        post("token", "grant_type=client_credentials&client_id=orders&client_secret=orders-secret",
             {foreign});
    EXPECT_EQ(refused_origin.status, 403);
    EXPECT_EQ(records().back().error_code, "TX-COR-01");
}

TEST_F(EndpointsTest, ScriptsOfTheClientsOriginsMayReadAnswersAndErrors) {
    const http::Header good{"Origin", "https://shop.example"};
    const auto error =
        post("token", "grant_type=password&client_id=web&username=x&password=y", {good});
    EXPECT_EQ(error.status, 400);
    EXPECT_EQ(header_of(error, "Access-Control-Allow-Origin"), "https://shop.example");
    EXPECT_EQ(header_of(error, "Access-Control-Allow-Credentials"), "true");
    const auto foreign =
        post("token", "grant_type=password&client_id=web&username=alice&password=alice-password",
             {{"Origin", "https://evil.example"}});
    EXPECT_EQ(foreign.status, 403);
    EXPECT_EQ(header_of(foreign, "Access-Control-Allow-Origin"), "");
    EXPECT_EQ(foreign.body.find("access_token"), std::string::npos);
    const auto flight = call("OPTIONS", "/auth/realms/shop/protocol/openid-connect/token",
                             {good, {"Access-Control-Request-Method", "POST"}});
    EXPECT_EQ(flight.status, 204);
    EXPECT_EQ(header_of(flight, "Access-Control-Allow-Origin"), "https://shop.example");
}

TEST(Origins, PlusMeansTheOriginsOfTheRedirectUris) {
    Client client;
    client.web_origins = {"+"};
    client.redirect_uris = {"https://app.example/callback", "/local"};
    client.root_url = "https://root.example:8443";
    EXPECT_TRUE(origin_is_allowed(client, "https://app.example"));
    EXPECT_TRUE(origin_is_allowed(client, "https://root.example:8443"));
    EXPECT_FALSE(origin_is_allowed(client, "https://app.example.evil"));
    EXPECT_FALSE(origin_is_allowed(client, "http://app.example"));
    EXPECT_FALSE(origin_is_allowed(client, "null"));
    client.web_origins = {"*"};
    EXPECT_TRUE(origin_is_allowed(client, "https://any.example"));
    EXPECT_FALSE(origin_is_allowed(client, "null"));
}

// RFC 6749 section 5.2, RFC 8693 section 2.2.2, RFC 6750 section 3.1, RFC 8707 section 2, RFC 9449
// section 12.2.
TEST(WireTable, UsesOnlyRegisteredErrorCodes) {
    const std::set<std::string_view> known{
        "invalid_request",      "invalid_client",          "invalid_grant",
        "unauthorized_client",  "unsupported_grant_type",  "invalid_scope",
        "invalid_target",       "invalid_token",           "insufficient_scope",
        "access_denied",        "temporarily_unavailable", "server_error",
        "interaction_required", "invalid_dpop_proof",      "use_dpop_nonce"};
    for (const auto& row : error_rows())
        for (const auto dialect : {ErrorDialect::kStrict, ErrorDialect::kKeycloak}) {
            const auto wire = to_wire(row.code, dialect);
            // Keycloak's own word for offline tokens that are not to be had.
            const bool is_keycloaks =
                dialect == ErrorDialect::kKeycloak && wire.error == "not_allowed";
            EXPECT_TRUE(known.contains(wire.error) || is_keycloaks) << row.id;
            EXPECT_GE(wire.status, 400) << row.id;
        }
}

// What hides a cause must not show it by its status or error code.
TEST(WireTable, ACauseAndItsNeutralRowLookAlike) {
    for (const auto& row : error_rows()) {
        if (to_wire(row.code, ErrorDialect::kStrict).status >= 500) continue;
        const auto precise = to_wire(row.code, ErrorDialect::kStrict);
        const auto neutral = to_wire(row.neutral, ErrorDialect::kStrict);
        EXPECT_EQ(precise.status, neutral.status) << row.id;
        EXPECT_EQ(precise.error, neutral.error) << row.id;
    }
}

TEST(WireTable, SpeaksKeycloaksWordsInItsDialect) {
    const auto wire = to_wire(ErrorCode::kNotInAudience, ErrorDialect::kKeycloak);
    EXPECT_EQ(wire.status, 403);
    EXPECT_EQ(wire.error, "access_denied");
    EXPECT_EQ(wire.text, "Client is not within the token audience");
    EXPECT_EQ(to_wire(ErrorCode::kSubjectTokenExpired, ErrorDialect::kKeycloak).text,
              "Invalid token");
}

TEST(WireTable, NamesInKeycloaksTextsWhatTheRequestNamed) {
    Named named;
    named.missing = "subject_token_type";
    named.unsupported = "requested_subject";
    named.scopes = "x y";
    named.targets = "a,b";
    named.client = "gate";
    const auto text = [&](ErrorCode code) {
        return to_wire(code, ErrorDialect::kKeycloak, Place::kToken, named).text;
    };
    EXPECT_EQ(text(ErrorCode::kTargetNotReachable), "Requested audience not available: a,b");
    EXPECT_EQ(text(ErrorCode::kScopeNotAllowed), "Invalid scopes: x y");
    EXPECT_EQ(text(ErrorCode::kConsentMissing),
              "Missing consents for Token Exchange in client gate");
    EXPECT_EQ(text(ErrorCode::kParameterNotSupported),
              "Parameter 'requested_subject' is not supported for standard token exchange");
    EXPECT_EQ(text(ErrorCode::kMissingParameter),
              "Parameter 'subject_token_type' required for standard token exchange");
    for (const auto& row : error_rows())
        EXPECT_TRUE(to_wire(row.code, ErrorDialect::kStrict, Place::kToken, named).text.empty());
}

TEST(WireTable, IntrospectionHasItsOwnWordsInKeycloaksDialect) {
    const auto at = [](ErrorCode code, ErrorDialect dialect) {
        return to_wire(code, dialect, Place::kIntrospection);
    };
    for (const auto code : {ErrorCode::kClientUnknown, ErrorCode::kClientSecretWrong,
                            ErrorCode::kClientCredentialsMissing}) {
        EXPECT_EQ(at(code, ErrorDialect::kKeycloak).text, "Authentication failed.");
        EXPECT_EQ(at(code, ErrorDialect::kKeycloak).error, "invalid_request");
        EXPECT_EQ(at(code, ErrorDialect::kStrict).error, "invalid_client");
    }
    EXPECT_EQ(at(ErrorCode::kMissingParameter, ErrorDialect::kKeycloak).text,
              "Token not provided.");
    EXPECT_EQ(at(ErrorCode::kPublicClientGrant, ErrorDialect::kKeycloak).status, 403);
}

// RFC 7009 section 2.2.
TEST(WireTable, RevocationOfWhatIsNoTokenSucceeds) {
    const auto strict =
        to_wire(ErrorCode::kTokenMalformed, ErrorDialect::kStrict, Place::kRevocation);
    EXPECT_EQ(strict.status, 200);
    EXPECT_TRUE(strict.error.empty());
    const auto keycloak =
        to_wire(ErrorCode::kTokenMalformed, ErrorDialect::kKeycloak, Place::kRevocation);
    EXPECT_EQ(keycloak.status, 200);
    EXPECT_EQ(keycloak.error, "invalid_token");
}

TEST(ManagementTest, IsReadyOnlyWhileTheStoreIsThere) {
    const Metrics metrics;
    store_memory::MemoryStore store;
    Management management(metrics);
    const auto ready = [&] {
        return management.answer(http::Request::make("GET", "/health/ready")).status;
    };
    EXPECT_EQ(ready(), 503);
    EXPECT_EQ(management.answer(http::Request::make("GET", "/health/live")).status, 200);
    management.ready(store);
    EXPECT_EQ(ready(), 200);
    management.closing();
    EXPECT_EQ(ready(), 503);
    EXPECT_EQ(management.answer(http::Request::make("GET", "/metrics")).status, 200);
    EXPECT_EQ(management.answer(http::Request::make("POST", "/metrics")).status, 405);
    EXPECT_EQ(management.answer(http::Request::make("GET", "/admin")).status, 404);
}

TEST(GateTest, IsShutUntilItIsOpened) {
    Gate gate;
    const auto response = ask(gate, http::Request::make("GET", "/"));
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(header_of(response, "Retry-After"), "1");
}

}  // namespace
}  // namespace cambist::endpoints
