// SPDX-License-Identifier: Apache-2.0
#include "representation/objects.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/password.h"
#include "json/parse.h"
#include "representation/realm_file.h"
#include "representation/test_files.h"
#include "representation/user_json.h"

namespace cambist::representation {
namespace {

RealmFile read_file(const std::string& path) {
    auto outcome = read_realm_file(read_repository_file(path), path, {});
    EXPECT_EQ(all_of(outcome.faults), "");
    return outcome.file ? *std::move(outcome.file) : RealmFile{};
}

class Objects : public testing::TestWithParam<const char*> {};

TEST_P(Objects, JoinGivesBackWhatWasSplitInAnyOrder) {
    const auto canonical = read_file(GetParam()).canonical;
    auto objects = split(canonical);
    std::ranges::reverse(objects);
    const auto joined = join(objects);
    ASSERT_TRUE(joined);
    EXPECT_EQ(*joined, canonical);
}

TEST_P(Objects, AreTheSameWhenTheFileIsAppliedAgain) {
    const auto objects = split(read_file(GetParam()).canonical);
    EXPECT_TRUE(split(read_file(GetParam()).canonical) == objects);
    Options stored;
    stored.complete = false;
    const auto again = read_realm(*join(objects), "stored", stored);
    ASSERT_TRUE(again.file) << all_of(again.faults);
    EXPECT_TRUE(split(again.file->canonical) == objects);
}

INSTANTIATE_TEST_SUITE_P(Files, Objects,
                         testing::Values("examples/demo-realm.yaml",
                                         "tests/data/realms/keycloak-26-export.json"),
                         [](const auto& test) {
                             return std::string(test.index == 0 ? "Demo" : "Export");
                         });

TEST(Objects, HaveAKeyOfTheirKind) {
    const auto outcome = read_realm_file(
        "realm: a\nclients: [{ clientId: 'urn:x%' }]\nroles: { realm: [{ name: b }], client: { "
        "'urn:x%': [{ name: 'c:d' }] } }\ngroups: [{ name: g b, subGroups: [{ name: h }] }, "
        "{ name: g }]\nexchangeRules: [{ id: z, owner: o, effect: deny }, { id: y, owner: o, "
        "effect: deny }]\n",
        "r.yaml", {});
    ASSERT_EQ(all_of(outcome.faults), "");
    const auto objects = split(outcome.file->canonical);
    const auto has = [&](std::string_view kind, std::string_view key) {
        return std::ranges::any_of(objects, [&](const Object& object) {
            return object.kind == kind && object.key == key;
        });
    };
    EXPECT_TRUE(has("realm", "a"));
    EXPECT_TRUE(has("client", "urn:x%"));
    EXPECT_TRUE(has("client-scope", "profile"));
    EXPECT_TRUE(has("role", ":b"));
    EXPECT_TRUE(has("role", "urn%3Ax%25:c:d"));
    EXPECT_TRUE(has("group", "/g b/h"));
    EXPECT_TRUE(has("rule", "z"));
    EXPECT_EQ(*join(objects), outcome.file->canonical);
}

TEST(Objects, ThatAreDamagedOrMissingAreNamed) {
    EXPECT_FALSE(join({}));
    const auto damaged = join({{.kind = "client", .key = "c", .body = "{"}});
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, ErrorCode::kParse);
    EXPECT_NE(damaged.error().hint.find("client c"), std::string::npos);
}

TEST(MaskedSecrets, KeepWhatIsStored) {
    auto fresh = *json::parse(R"({"clients":[{"clientId":"new","secret":"**********"},
        {"clientId":"b","secret":"**********"},{"clientId":"a","secret":"changed"}],
        "components":{"k":[{"id":"1","config":{"privateKey":["**********"]}}]}})");
    const auto stored = *json::parse(R"({"clients":[{"clientId":"a","secret":"A"},
        {"clientId":"b","secret":"B"}],
        "components":{"k":[{"id":"1","config":{"privateKey":["K"]}}]}})");
    keep_masked_secrets(fresh, stored);
    const auto& clients = fresh.find("clients")->as_array();
    EXPECT_EQ(*clients[0].find_string("secret"), kMaskedSecret);
    EXPECT_EQ(*clients[1].find_string("secret"), "B");
    EXPECT_EQ(*clients[2].find_string("secret"), "changed");
    EXPECT_NE(fresh.to_text().find("\"K\""), std::string::npos);
}

TEST(UserJson, IsReadBack) {
    for (const auto& user : read_file("tests/data/realms/keycloak-26-export.json").users) {
        const auto json = render_user(user);
        const auto again = read_user(json);
        ASSERT_TRUE(again) << again.error().describe();
        EXPECT_EQ(*again, user) << json.to_pretty_text();
    }
}

TEST(UserJson, WritesHashesAsKeycloakDoes) {
    const auto users = read_file("tests/data/realms/keycloak-26-export.json").users;
    const auto anna = std::ranges::find(users, "anna", &User::username);
    ASSERT_NE(anna, users.end());
    const auto json = render_user(*anna);
    const auto& credential = json.find("credentials")->as_array().at(0);
    const auto data = json::parse(*credential.find_string("credentialData"));
    ASSERT_TRUE(data);
    EXPECT_EQ(*data->find_string("algorithm"), "pbkdf2-sha512");
    EXPECT_EQ(data->find("hashIterations")->as_int64(), 210000);
}

TEST(UserJson, KeepsArgon2OfKeycloak) {
    const auto text = R"({"id":"1","username":"u","credentials":[{"id":"2","type":"password",
        "secretData":"{\"value\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",
            \"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"additionalParameters\":{}}",
        "credentialData":"{\"hashIterations\":5,\"algorithm\":\"argon2\",\"additionalParameters\":
            {\"hashLength\":[\"32\"],\"memory\":[\"7168\"],\"type\":[\"id\"],\"version\":[\"1.3\"],
            \"parallelism\":[\"1\"]}}"}]})";
    std::string one_line(text);
    std::erase(one_line, '\n');
    const auto user = read_user(*json::parse(one_line));
    ASSERT_TRUE(user) << user.error().describe();
    const auto hash = crypto::parse_password_hash(user->credentials.at(0).secret_data);
    ASSERT_TRUE(hash);
    EXPECT_EQ(hash->algorithm, "argon2");
    EXPECT_EQ(hash->memory_kib, 7168U);
    EXPECT_EQ(*read_user(render_user(*user)), *user);
}

TEST(UserJson, NamesEveryFault) {
    const auto user = read_user(*json::parse(R"({"usernam":"u","enabled":"yes"})"));
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().code, ErrorCode::kParse);
    EXPECT_NE(user.error().hint.find("did you mean \"username\"?"), std::string::npos);
    EXPECT_NE(user.error().hint.find("enabled"), std::string::npos);
}

}  // namespace
}  // namespace cambist::representation
