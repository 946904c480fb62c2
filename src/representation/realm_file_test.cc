// SPDX-License-Identifier: Apache-2.0
#include "representation/realm_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/key.h"
#include "crypto/password.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

ReadOutcome read(std::string_view text, const Options& options = {}) {
    return read_realm_file(text, "realm.yaml", options);
}

RealmFile read_good(std::string_view text, const Options& options = {}) {
    auto outcome = read(text, options);
    EXPECT_EQ(all_of(outcome.faults), "");
    return outcome.file ? *std::move(outcome.file) : RealmFile{};
}

const User* find_user(const RealmFile& file, std::string_view name) {
    const auto found = std::ranges::find(file.users, name, &User::username);
    return found == file.users.end() ? nullptr : &*found;
}

bool has_note(const RealmFile& file, std::string_view path, std::string_view text) {
    return std::ranges::any_of(file.report, [&](const Note& note) {
        return note.path == path && note.text.find(text) != std::string::npos;
    });
}

TEST(NewRealm, HasTheDefaultsOfKeycloakAndTodaysPractice) {
    const auto file = read_good("realm: Shop\n");
    const auto& realm = file.realm;
    EXPECT_EQ(realm.name.text(), "Shop");
    EXPECT_TRUE(realm.enabled);
    EXPECT_EQ(realm.ssl_required, SslRequired::kExternal);
    EXPECT_EQ(realm.signature_algorithm, "ES256");
    EXPECT_TRUE(realm.revoke_refresh_token);
    EXPECT_EQ(realm.error_dialect, ErrorDialect::kStrict);
    EXPECT_EQ(realm.lifetimes.access_token, Seconds(300));
    EXPECT_EQ(realm.lifetimes.offline_session_max, Seconds(5184000));
    EXPECT_EQ(realm.brute_force.failure_factor, 30);
    EXPECT_EQ(realm.default_role, (RoleRef{"", "default-roles-shop"}));
    EXPECT_THAT(
        realm.find_role(realm.default_role)->composites,
        ElementsAre(RoleRef{"", "offline_access"}, RoleRef{"", "uma_authorization"},
                    RoleRef{"account", "manage-account"}, RoleRef{"account", "view-profile"}));
    EXPECT_THAT(file.users, IsEmpty());
}

TEST(NewRealm, HasKeycloaksClientsAndTheirRoles) {
    const auto realm = read_good("realm: shop\n").realm;
    std::vector<std::string> ids;
    for (const auto& client : realm.clients) ids.push_back(client.client_id.text());
    EXPECT_THAT(ids, ElementsAre("account", "account-console", "admin-cli", "broker",
                                 "realm-management", "security-admin-console"));
    EXPECT_TRUE(realm.find_client("account")->is_public());
    EXPECT_TRUE(realm.find_client("admin-cli")->direct_access_grants);
    EXPECT_EQ(realm.find_client("broker")->kind, ClientKind::kBearerOnly);
    EXPECT_EQ(realm.find_client("account")->redirect_uris.front(), "/realms/shop/account/*");
    EXPECT_THAT(
        realm.find_client("account-console")->scope_mappings,
        ElementsAre(RoleRef{"account", "manage-account"}, RoleRef{"account", "view-groups"}));
    for (const auto* role :
         {"realm-admin", "create-client", "view-realm", "view-users", "view-clients", "view-events",
          "view-identity-providers", "view-authorization", "manage-realm", "manage-users",
          "manage-clients", "manage-events", "manage-identity-providers", "manage-authorization",
          "query-users", "query-clients", "query-realms", "query-groups", "impersonation"})
        EXPECT_NE(realm.find_role({"realm-management", role}), nullptr) << role;
    EXPECT_EQ(realm.find_role({"realm-management", "realm-admin"})->composites.size(), 18U);
    EXPECT_NE(realm.find_role({"broker", "read-token"}), nullptr);
    EXPECT_EQ(std::ranges::count(realm.roles, "account",
                                 [](const Role& role) { return role.ref.client; }),
              8);
}

TEST(NewRealm, HasKeycloaksScopesAndMappers) {
    const auto realm = read_good("realm: shop\n").realm;
    std::vector<std::string> names;
    for (const auto& scope : realm.scopes) names.push_back(scope.name);
    EXPECT_THAT(
        names, ElementsAre("acr", "address", "basic", "email", "microprofile-jwt", "offline_access",
                           "organization", "phone", "profile", "role_list", "roles",
                           "saml_organization", "service_account", "web-origins"));
    EXPECT_FALSE(realm.find_scope("roles")->include_in_token_scope);
    EXPECT_TRUE(realm.find_scope("profile")->include_in_token_scope);
    EXPECT_EQ(realm.find_scope("profile")->mappers.size(), 14U);
    EXPECT_THAT(realm.find_scope("offline_access")->scope_mappings,
                ElementsAre(RoleRef{"", "offline_access"}));
    const auto& roles = *realm.find_scope("roles");
    ASSERT_EQ(roles.mappers.size(), 3U);
    EXPECT_EQ(roles.mappers[1].config.at("claim.name"), "resource_access.${client_id}.roles");
    EXPECT_EQ(roles.mappers[2].type, "oidc-audience-resolve-mapper");
    EXPECT_THAT(realm.find_client("account")->default_scopes,
                UnorderedElementsAre("profile", "email", "roles", "web-origins", "acr", "basic"));
    EXPECT_THAT(realm.find_client("account")->optional_scopes,
                UnorderedElementsAre("address", "phone", "offline_access", "microprofile-jwt",
                                     "organization"));
}

TEST(NewRealm, GivesServiceAccountsTheirUserAndTheirScope) {
    const auto file = read_good(
        "realm: shop\nclients:\n  - { clientId: Job, secret: s, serviceAccountsEnabled: true }\n");
    EXPECT_THAT(file.realm.find_client("Job")->default_scopes, Contains("service_account"));
    const auto* user = find_user(file, "service-account-job");
    ASSERT_NE(user, nullptr);
    EXPECT_EQ(user->service_account_of.text(), "Job");
    EXPECT_FALSE(file.realm.find_client("Job")->standard_flow);
}

TEST(NewRealm, IsTheSameEachTime) {
    const auto* text = "realm: shop\nusers: [{ username: ann }]\nclients: [{ clientId: a }]\n";
    const auto one = read_good(text);
    const auto two = read_good(text);
    EXPECT_EQ(one.canonical.to_text(), two.canonical.to_text());
    EXPECT_EQ(one.users, two.users);
    EXPECT_EQ(one.users.front().id.text().size(), 36U);
}

TEST(Export, IsReadAsKeycloakMeantIt) {
    const auto text = read_repository_file("tests/data/realms/keycloak-26-export.json");
    auto outcome = read_realm_file(text, "acme.json", {});
    ASSERT_EQ(all_of(outcome.faults), "");
    const auto& realm = outcome.file->realm;
    EXPECT_EQ(realm.signature_algorithm, "RS256");
    EXPECT_FALSE(realm.revoke_refresh_token);
    EXPECT_TRUE(realm.brute_force.enabled);
    const auto* orders = realm.find_client("orders-api");
    ASSERT_NE(orders, nullptr);
    EXPECT_TRUE(orders->standard_token_exchange);
    EXPECT_EQ(orders->exchange_refresh, ExchangeRefresh::kSameSession);
    EXPECT_EQ(orders->secret->expose(), "Qm9vVGhhdElzTm90QVNlY3JldA");
    EXPECT_EQ(orders->mappers.front().config.at("included.client.audience"), "billing-api");
    const auto* billing = realm.find_client("billing-api");
    EXPECT_FALSE(billing->standard_token_exchange);
    EXPECT_EQ(billing->exchange_refresh, ExchangeRefresh::kNo);
    EXPECT_EQ(billing->secret, nullptr);
    EXPECT_EQ(billing->access_token_lifespan, Seconds(120));
    EXPECT_THAT(realm.find_role({"", "manager"})->composites,
                ElementsAre(RoleRef{"", "clerk"}, RoleRef{"orders-api", "cancel"}));
    EXPECT_EQ(realm.find_group("/staff/berlin")->attributes.at("city").front(), "Berlin");
    EXPECT_EQ(realm.clients.size(), 9U);
}

TEST(Export, BringsItsUsersAndTheirPasswords) {
    const auto text = read_repository_file("tests/data/realms/keycloak-26-export.json");
    const auto outcome = read_realm_file(text, "acme.json", {});
    ASSERT_TRUE(outcome.file);
    ASSERT_EQ(outcome.file->users.size(), 3U);
    const auto* anna = find_user(*outcome.file, "anna");
    ASSERT_NE(anna, nullptr);
    EXPECT_THAT(anna->groups, ElementsAre("/staff/berlin"));
    EXPECT_THAT(anna->roles, ElementsAre(RoleRef{"", "default-roles-acme"}, RoleRef{"", "manager"},
                                         RoleRef{"account", "view-groups"}));
    const auto* ben = find_user(*outcome.file, "ben");
    EXPECT_FALSE(ben->enabled);
    EXPECT_THAT(ben->required_actions, ElementsAre("UPDATE_PASSWORD"));
    const auto hash = crypto::parse_password_hash(ben->credentials.at(0).secret_data);
    ASSERT_TRUE(hash);
    const auto matches = crypto::verify_password(*hash, "ben-password");
    ASSERT_TRUE(matches);
    EXPECT_TRUE(*matches);
}

TEST(Export, BringsItsSigningKey) {
    const auto text = read_repository_file("tests/data/realms/keycloak-26-export.json");
    const auto outcome = read_realm_file(text, "acme.json", {});
    ASSERT_TRUE(outcome.file);
    ASSERT_EQ(outcome.file->realm.imported_keys.size(), 1U);
    const auto& key = outcome.file->realm.imported_keys.front();
    EXPECT_EQ(key.algorithm, "RS256");
    EXPECT_EQ(key.state, KeyState::kActive);
    EXPECT_TRUE(key.private_key_pem->expose().starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    EXPECT_TRUE(key.certificate_pem.starts_with("-----BEGIN CERTIFICATE-----"));
}

TEST(Export, SaysWhatIsKeptButNotUsed) {
    const auto text = read_repository_file("tests/data/realms/keycloak-26-export.json");
    const auto outcome = read_realm_file(text, "acme.json", {});
    ASSERT_TRUE(outcome.file);
    const auto& file = *outcome.file;
    EXPECT_TRUE(has_note(file, "browserFlow", "kept"));
    EXPECT_TRUE(has_note(file, "identityProviders[0]", "identity provider \"partner\": "));
    EXPECT_FALSE(has_note(file, "users[].federatedIdentities", "kept"));
    EXPECT_TRUE(has_note(file, "clients[].secret", "masked"));
    EXPECT_FALSE(has_note(file, "clients[].surrogateAuthRequired", "kept"));
    EXPECT_EQ(*file.canonical.find_string("browserFlow"), "browser");
    EXPECT_EQ(file.canonical.find("users"), nullptr);
}

TEST(Export, KeepsOutWhatWasRemovedFromIt) {
    const auto file =
        read_good("realm: a\nkeycloakVersion: 26.0.0\nclientScopes: [{ name: mine }]\n");
    EXPECT_EQ(file.realm.scopes.size(), 1U);
    EXPECT_THAT(file.realm.default_scopes, IsEmpty());
    EXPECT_EQ(file.realm.signature_algorithm, "RS256");
    EXPECT_EQ(file.realm.error_dialect, ErrorDialect::kKeycloak);
}

TEST(Export, TakesDefaultRolesOfOldVersions) {
    const auto file = read_good(
        "realm: a\ndefaultRoles: [member]\nroles: { realm: [{ name: member }], client: { c: "
        "[{ name: user }] } }\nclients: [{ clientId: c, defaultRoles: [user] }]\n");
    const auto& composites = file.realm.find_role(file.realm.default_role)->composites;
    EXPECT_THAT(composites, Contains(RoleRef{"", "member"}));
    EXPECT_THAT(composites, Contains(RoleRef{"c", "user"}));
}

TEST(Demo, IsReadAndAllowsWhatItSays) {
    const auto text = read_repository_file("examples/demo-realm.yaml");
    auto outcome = read_realm_file(text, "demo-realm.yaml", {});
    ASSERT_EQ(all_of(outcome.faults), "");
    const auto& realm = outcome.file->realm;
    EXPECT_EQ(realm.name.text(), "demo");
    EXPECT_EQ(realm.rules.size(), 2U);
    EXPECT_EQ(realm.rules[0].result.lifetime, Seconds(300));
    EXPECT_EQ(realm.rules[1].effect, Effect::kDeny);
    EXPECT_EQ(realm.find_client("orders-api")->secret->expose(), "orders-secret");
    EXPECT_TRUE(realm.find_client("orders-api")->diagnostics);
    EXPECT_EQ(outcome.file->passwords.size(), 3U);
    EXPECT_EQ(outcome.file->users.size(), 4U);  // and the batch's service account
}

TEST(ReadingAgain, GivesTheSameRealm) {
    for (const auto* path :
         {"examples/demo-realm.yaml", "tests/data/realms/keycloak-26-export.json"}) {
        const auto first = read_realm_file(read_repository_file(path), path, {});
        ASSERT_TRUE(first.file) << all_of(first.faults);
        Options stored;
        stored.complete = false;
        const auto again = read_realm(first.file->canonical, path, stored);
        ASSERT_TRUE(again.file) << all_of(again.faults);
        EXPECT_EQ(again.file->canonical, first.file->canonical);
        EXPECT_EQ(again.file->canonical.to_text(), first.file->canonical.to_text());
        EXPECT_EQ(again.file->realm.clients.size(), first.file->realm.clients.size());
        const auto completed = read_realm(first.file->canonical, path, {});
        ASSERT_TRUE(completed.file) << all_of(completed.faults);
        EXPECT_EQ(completed.file->canonical, first.file->canonical);
    }
}

TEST(Placeholders, AreFilledThroughTheLookUpOnly) {
    const auto* text =
        "realm: a\nclients:\n  - { clientId: c, secret: \"${SECRET}\", name: \"${client_x}\","
        " description: \"${NAME:none} at ${HOST}\" }\n";
    Options options;
    options.placeholder = [](std::string_view name) -> std::optional<std::string> {
        if (name == "SECRET") return "s3cret";
        if (name == "HOST") return "home";
        return std::nullopt;
    };
    const auto file = read_good(text, options);
    const auto* client = file.realm.find_client("c");
    EXPECT_EQ(client->secret->expose(), "s3cret");
    EXPECT_EQ(client->name, "${client_x}");
    EXPECT_EQ(client->description, "none at home");
    const auto refused = read(text);
    ASSERT_EQ(refused.faults.size(), 2U);
    EXPECT_THAT(describe(refused.faults[0]), HasSubstr("realm.yaml:3:"));
    EXPECT_THAT(refused.faults[0].message, HasSubstr("SECRET is not set"));
}

TEST(Passwords, AreHashedByTheFunctionThatIsPassedIn) {
    const auto* text =
        "realm: a\nusers: [{ username: Ann, credentials: [{ value: pw, temporary: true }] }]\n";
    Options options;
    options.hash_password = [](const User& user, std::string_view password) -> Result<Credential> {
        return Credential{.id = "1",
                          .type = "password",
                          .secret_data = user.username + "/" + std::string(password),
                          .credential_data = {},
                          .created_ms = 0,
                          .temporary = false,
                          .kept = {}};
    };
    const auto file = read_good(text, options);
    ASSERT_EQ(file.users.front().credentials.size(), 1U);
    EXPECT_EQ(file.users.front().credentials.front().secret_data, "ann/pw");
    EXPECT_TRUE(file.users.front().credentials.front().temporary);
    const auto left = read_good(text);
    ASSERT_EQ(left.passwords.size(), 1U);
    EXPECT_EQ(left.passwords.front().password->expose(), "pw");
    EXPECT_EQ(left.passwords.front().user, left.users.front().id);
    EXPECT_EQ(left.canonical.to_text().find("pw"), std::string::npos);
}

TEST(OwnKeys, AreReadFromFilesThroughTheFunction) {
    const auto* text =
        "realm: a\nkeys: [{ name: k, algorithm: RS256, privateKeyFile: k.pem, state: passive }]\n";
    EXPECT_THAT(all_of(read(text).faults), HasSubstr("keys[0].privateKeyFile: can not be read"));
    Options options;
    options.read_file = [](const std::string& path) { return Result<Secret>(Secret(path)); };
    EXPECT_THAT(all_of(read(text, options).faults), HasSubstr("is no private key"));
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    ASSERT_TRUE(key);
    options.read_file = [&](const std::string&) { return Result<Secret>(key->to_pem()); };
    EXPECT_THAT(all_of(read(text, options).faults), HasSubstr("does not fit the algorithm RS256"));
    const auto* fitting =
        "realm: a\nkeys: [{ name: k, algorithm: ES256, privateKeyFile: k.pem, state: passive }]\n";
    const auto file = read_good(fitting, options);
    ASSERT_EQ(file.realm.imported_keys.size(), 1U);
    EXPECT_EQ(file.realm.imported_keys.front().state, KeyState::kPassive);
}

TEST(Clients, TakeTheirKeysInline) {
    const auto file = read_good(
        "realm: a\nclients:\n  - clientId: c\n    clientAuthenticatorType: client-jwt\n"
        "    attributes:\n      use.jwks.string: true\n      jwks.string: "
        "'{\"keys\":[{\"kty\":\"EC\"}]}'\n"
        "      client.session.idle.timeout: 60\n      resource_url: https://c.example/\n"
        "      access.token.header.type.rfc9068: true\n");
    const auto* client = file.realm.find_client("c");
    EXPECT_EQ(client->authenticator, ClientAuthenticator::kJwt);
    EXPECT_FALSE(client->jwks.empty());
    EXPECT_EQ(client->session_idle, Seconds(60));
    EXPECT_TRUE(client->rfc9068_header);
    EXPECT_EQ(file.realm.find_client_by_resource("https://c.example/"), client);
    EXPECT_EQ(client->attributes.at("use.jwks.string"), "true");
}

TEST(Clients, SayHowTheirAnswersAreSignedAndEncrypted) {
    const auto file = read_good(
        "realm: a\nclients:\n  - clientId: c\n    publicClient: true\n    attributes:\n"
        "      user.info.response.signature.alg: PS256\n"
        "      cambist.introspection.signed.response.alg: ES384\n"
        "      client.introspection.response.allow.jwt.claim.enabled: true\n"
        "      id.token.encrypted.response.alg: ECDH-ES\n"
        "      user.info.encrypted.response.alg: RSA-OAEP-256\n"
        "      user.info.encrypted.response.enc: A256GCM\n"
        "      use.jwks.url: true\n      jwks.url: https://c.example/keys\n"
        "  - clientId: d\n    attributes: { user.info.response.signature.alg: none }\n");
    const auto* client = file.realm.find_client("c");
    EXPECT_EQ(client->userinfo_algorithm, "PS256");
    EXPECT_EQ(client->introspection_algorithm, "ES384");
    EXPECT_TRUE(client->introspection_jwt_claim);
    EXPECT_EQ(client->id_token_encryption.alg, "ECDH-ES");
    EXPECT_EQ(client->id_token_encryption.enc, "A128CBC-HS256");
    EXPECT_EQ(client->userinfo_encryption.enc, "A256GCM");
    EXPECT_EQ(client->jwks_url, "https://c.example/keys");
    EXPECT_EQ(file.realm.find_client("d")->userinfo_algorithm, "");
    EXPECT_FALSE(file.realm.find_client("d")->id_token_encryption.is_on());
}

TEST(OwnKeys, AreMadeOnceWhereTheFileSaysSo) {
    const auto file = read_good(
        "realm: a\nkeys: [{ name: k, algorithm: PS256, generate: true, keySize: 3072,"
        " priority: 7, state: passive }]\n");
    EXPECT_TRUE(file.realm.imported_keys.empty());
    ASSERT_EQ(file.realm.wanted_keys.size(), 1U);
    const auto& key = file.realm.wanted_keys.front();
    EXPECT_EQ(key.algorithm, "PS256");
    EXPECT_EQ(key.rsa_bits, 3072U);
    EXPECT_EQ(key.priority, 7);
    EXPECT_EQ(key.state, KeyState::kPassive);
}

}  // namespace
}  // namespace cambist::representation
