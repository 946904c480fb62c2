// SPDX-License-Identifier: Apache-2.0
// What a realm asks for and can not have here: it is read, told loudly, and nothing is widened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "representation/masking.h"
#include "representation/objects.h"
#include "representation/test_files.h"
#include "representation/user_json.h"

namespace cambist::representation {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RealmFile read_good(const std::string& text) {
    auto outcome = read_realm_file(text, "realm.yaml", {});
    EXPECT_TRUE(outcome.file) << all_of(outcome.faults);
    return outcome.file ? *std::move(outcome.file) : RealmFile{};
}

struct UnservedCase {
    const char* name;
    const char* client;  // members of its representation
    const char* reason;
};
class Unserved : public testing::TestWithParam<UnservedCase> {};

TEST_P(Unserved, ClientIsKeptAndGetsNoTokens) {
    const auto file = read_good("realm: a\nkeycloakVersion: 26.0.0\nclients: [{ clientId: c, " +
                                std::string(GetParam().client) + " }]\n");
    const auto* client = file.realm.find_client("c");
    ASSERT_NE(client, nullptr);
    EXPECT_THAT(client->unserved, HasSubstr(GetParam().reason));
    EXPECT_THAT(summarize(file.report).risks, Contains(HasSubstr("client \"c\" gets no tokens")));
}

INSTANTIATE_TEST_SUITE_P(
    All, Unserved,
    testing::Values(
        UnservedCase{"AuthenticatorOfAnExtension", "clientAuthenticatorType: our-own", "our-own"},
        UnservedCase{"Algorithm",
                     "secret: s, attributes: { access.token.signed.response.alg: HS512 }", "HS512"},
        UnservedCase{"Encryption",
                     "secret: s, attributes: { id.token.encrypted.response.alg: RSA1_5 }",
                     "RSA1_5"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(UnservedClient, OfAnotherProtocolIsKept) {
    const auto file =
        read_good("realm: a\nclients: [{ clientId: c, protocol: saml, secret: s }]\n");
    EXPECT_THAT(file.realm.find_client("c")->unserved, HasSubstr("saml"));
}

TEST(UnservedClient, WhoseSecretHasExpiredIsKnown) {
    const auto file = read_good(
        "realm: a\nclients: [{ clientId: c, secret: s, attributes: { "
        "client.secret.expiration.time: '1700000000' } }]\n");
    EXPECT_EQ(file.realm.find_client("c")->secret_expires, 1700000000);
    EXPECT_THAT(file.realm.find_client("c")->unserved, IsEmpty());
}

// A realm whose direct grant flow has these steps, with a client that has the password grant.
std::string with_flow(const std::string& steps, const std::string& more = {}) {
    return "realm: a\nkeycloakVersion: 26.0.0\ndirectGrantFlow: direct grant\n"
           "clients: [{ clientId: c, publicClient: true, directAccessGrantsEnabled: true }, "
           "{ clientId: d, publicClient: true, directAccessGrantsEnabled: true" +
           more +
           " }]\n"
           "authenticationFlows:\n"
           "- { id: f1, alias: direct grant, authenticationExecutions: [ " +
           steps +
           " ] }\n"
           "- { id: f2, alias: otp, authenticationExecutions: [ "
           "{ authenticator: conditional-user-configured, requirement: REQUIRED }, "
           "{ authenticator: direct-grant-validate-otp, requirement: REQUIRED } ] }\n"
           "- { id: f3, alias: strict, authenticationExecutions: [ "
           "{ authenticator: direct-grant-auth-x509-username, requirement: REQUIRED } ] }\n";
}
constexpr const char* kPassword =
    "{ authenticator: direct-grant-validate-username, requirement: REQUIRED }, "
    "{ authenticator: direct-grant-validate-password, requirement: REQUIRED }";

struct FlowCase {
    const char* name;
    std::string steps;
    bool is_served;
};
class DirectGrantFlow : public testing::TestWithParam<FlowCase> {};

TEST_P(DirectGrantFlow, LeavesThePasswordGrantOnlyIfAllItsStepsAreTakenHere) {
    const auto file = read_good(with_flow(GetParam().steps));
    EXPECT_EQ(file.realm.find_client("c")->direct_access_grants, GetParam().is_served);
    const auto risks = summarize(file.report).risks;
    EXPECT_EQ(risks.empty(), GetParam().is_served);
}

INSTANTIATE_TEST_SUITE_P(
    All, DirectGrantFlow,
    testing::Values(
        FlowCase{"AsMade",
                 std::string(kPassword) + ", { flowAlias: otp, authenticatorFlow: true, "
                                          "requirement: CONDITIONAL }",
                 true},
        FlowCase{"WithoutOneTimePasswords", kPassword, true},
        FlowCase{"WithADisabledStep",
                 std::string(kPassword) + ", { authenticator: own, requirement: DISABLED }", true},
        FlowCase{"WithAStepOfAnExtension",
                 std::string(kPassword) + ", { authenticator: own, requirement: REQUIRED }", false},
        FlowCase{"WithAOneTimePasswordForEverybody",
                 std::string(kPassword) +
                     ", { authenticator: direct-grant-validate-otp, requirement: REQUIRED }",
                 false},
        FlowCase{"WithARequiredFlowOfOneTimePasswords",
                 std::string(kPassword) +
                     ", { flowAlias: otp, authenticatorFlow: true, requirement: REQUIRED }",
                 false},
        FlowCase{"WithAFlowThatIsNotThere",
                 std::string(kPassword) +
                     ", { flowAlias: gone, authenticatorFlow: true, requirement: REQUIRED }",
                 false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ClientFlow, ThatIsNotServedTakesThePasswordGrantFromThatClient) {
    const auto file = read_good(
        with_flow(kPassword, ", authenticationFlowBindingOverrides: { direct_grant: f3 }"));
    EXPECT_TRUE(file.realm.find_client("c")->direct_access_grants);
    EXPECT_FALSE(file.realm.find_client("d")->direct_access_grants);
    const auto* clients = file.canonical.find("clients");
    for (const auto& client : clients->as_array())
        if (*client.find_string("clientId") == "d") {
            EXPECT_TRUE(client.find("directAccessGrantsEnabled")->as_bool());
        }
}

TEST(NamesThatLeadNowhere, AreLeftOutOfAnExportAndFaultsElsewhere) {
    const std::string text =
        "realm: a\nclients: [{ clientId: c, secret: s, defaultClientScopes: [gone] }]\n"
        "roles: { realm: [{ name: r, composite: true, composites: { realm: [gone] } }] }\n";
    EXPECT_FALSE(read_realm_file(text, "realm.yaml", {}).file);
    const auto file = read_good(text + "keycloakVersion: 26.0.0\n");
    EXPECT_THAT(file.realm.find_role({"", "r"})->composites, IsEmpty());
    EXPECT_THAT(file.realm.find_client("c")->default_scopes, IsEmpty());
    EXPECT_THAT(summarize(file.report).risks,
                ElementsAre(HasSubstr("no role \"gone\""), HasSubstr("no client scope \"gone\"")));
    const auto rule = text +
                      "keycloakVersion: 26.0.0\nexchangeRules: [{ id: x, owner: c, effect: deny, "
                      "requester: { clients: [gone] } }]\n";
    EXPECT_FALSE(read_realm_file(rule, "realm.yaml", {}).file);
}

TEST(LifeTimes, BeyondReasonAreBoundInAnExport) {
    const std::string text = "realm: a\nssoSessionMaxLifespan: 2147483647\n";
    EXPECT_FALSE(read_realm_file(text, "realm.yaml", {}).file);
    const auto file = read_good(text + "keycloakVersion: 26.0.0\n");
    EXPECT_EQ(file.realm.lifetimes.sso_session_max, Seconds(315'360'000));
    EXPECT_EQ(file.canonical.find("ssoSessionMaxLifespan")->as_int64(), 2147483647);
}

TEST(ImportReport, GroupsWhatIsKeptByTopic) {
    const auto file = read_good(
        "realm: a\nloginTheme: ours\nemailTheme: ours\notpPolicyDigits: 6\neventsEnabled: false\n");
    const auto report = summarize(file.report);
    EXPECT_THAT(report.risks, IsEmpty());
    EXPECT_THAT(report.kept,
                ElementsAre("kept, not used by this server: one-time passwords and passkeys: "
                            "otpPolicyDigits",
                            "kept, not used by this server: pages, languages and mail: loginTheme, "
                            "emailTheme"));
}

TEST(Users, KeepWhatKeycloakKnowsOfThem) {
    const auto file = read_good(
        "realm: a\nusers: [{ username: ann, totp: true, disableableCredentialTypes: [], "
        "federatedIdentities: [{ identityProvider: p, userId: '1', userName: a }], "
        "credentials: [{ type: otp, userLabel: phone, priority: 10, secretData: '{}', "
        "credentialData: '{}' }] }]\n");
    const auto& ann = file.users.front();
    EXPECT_EQ(ann.kept,
              R"({"federatedIdentities":[{"identityProvider":"p","userId":"1","userName":"a"}],)"
              R"("totp":true})");
    EXPECT_EQ(ann.credentials.front().kept, R"({"priority":10,"userLabel":"phone"})");
    const auto again = read_user(render_user(ann));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, ann);
    EXPECT_THAT(summarize(file.report).risks, Contains(HasSubstr("one-time password")));
}

TEST(Masking, ReplacesSecretsAndNothingElse) {
    auto file = read_good(
        "realm: a\nsmtpServer: { host: h, password: p1 }\n"
        "clients: [{ clientId: c, secret: p2, attributes: { saml.signing.private.key: p3, "
        "client.secret.creation.time: '7' } }]\n"
        "identityProviders: [{ alias: i, config: { clientId: x, clientSecret: p4 } }]\n"
        "components: { x: [{ name: n, config: { bindCredential: [p5], bindDn: [d] } }] }\n"
        "groups: [{ name: g, attributes: { password: [hunter] } }]\n");
    mask_secrets(file.canonical);
    const auto text = file.canonical.to_text();
    for (const auto* secret : {"p1", "p2", "p3", "p4", "p5"})
        EXPECT_THAT(text, testing::Not(HasSubstr("\"" + std::string(secret) + "\""))) << secret;
    for (const auto* kept : {"\"h\"", "\"7\"", "\"x\"", "\"d\"", "hunter"})
        EXPECT_THAT(text, HasSubstr(kept));
    auto user = json::Value::object();
    user.set("attributes", json::Value::object().set("password", json::Value::array().push("a")));
    const auto before = user;
    mask_secrets(user);
    EXPECT_EQ(user, before);
}

TEST(RealmParts, TakeUsersFromTheirOwnFilesAndNameThem) {
    const SourceText realm{"{\"realm\": \"a\"}", "a-realm.json"};
    const std::vector<SourceText> users{
        {R"({"realm": "a", "users": [{"username": "ann"}, {"username": "ben"}]})",
         "a-users-0.json"},
        {R"({"realm": "a", "users": [{"username": "cleo"}]})", "a-users-1.json"}};
    const auto outcome = read_realm_parts(realm, users, {});
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    EXPECT_EQ(outcome.file->users.size(), 3U);
    const std::vector<SourceText> wrong{
        users[0],
        {R"({"realm": "a", "users": [{"username": "cleo", "emial": "x"}]})", "a-users-1.json"},
        {R"({"realm": "b", "clients": []})", "a-users-2.json"}};
    const auto refused = read_realm_parts(realm, wrong, {});
    EXPECT_THAT(all_of(refused.faults),
                HasSubstr("a-users-1.json:1:47: users[0].emial: unknown key \"emial\""));
    EXPECT_THAT(all_of(refused.faults), HasSubstr("a-users-2.json:1:11: realm: is not the realm"));
    EXPECT_THAT(all_of(refused.faults), HasSubstr("clients: does not belong"));
}

}  // namespace
}  // namespace cambist::representation
