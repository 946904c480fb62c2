// SPDX-License-Identifier: Apache-2.0
#include "realms/realms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "claims/claims.h"
#include "crypto/password.h"
#include "identity/logins.h"
#include "keys/ring.h"
#include "model/issuer.h"
#include "policy/policy.h"
#include "representation/realm_file.h"
#include "store_memory/memory_store.h"

namespace cambist::realms {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kFile = R"(
realm: demo
defaultSignatureAlgorithm: ES256
clients:
  - clientId: shop
    secret: shop-secret-in-the-clear
    serviceAccountsEnabled: true
    standardFlowEnabled: false
  - clientId: billing
    bearerOnly: true
users:
  - username: Alice
    credentials: [{ type: password, value: opensesame }]
)";

crypto::SecretBox make_box(const char* key) {
    std::vector<Secret> keys;
    keys.emplace_back(key);
    return crypto::SecretBox::from_key_files(keys).value();
}

class RealmsTest : public testing::Test {
  protected:
    static constexpr crypto::PasswordSettings kCheap{.memory_kib = 8192, .iterations = 1};

    static representation::RealmFile read(std::string_view text) {
        auto outcome = representation::read_realm_file(text, "demo.yaml", {});
        for (const auto& fault : outcome.faults) ADD_FAILURE() << representation::describe(fault);
        return *std::move(outcome.file);
    }
    std::unique_ptr<Realms> make(const std::string& url = "https://sso.example/auth/") {
        return std::make_unique<Realms>(
            Realms::Parts{store_, box_, identities_, clock_, random_, log_},
            RealmsSettings{.base_url = url, .password = kCheap});
    }
    ApplyReport apply(Realms& realms, std::string_view text) {
        auto report = realms.apply(read(text));
        if (!report) ADD_FAILURE() << report.error().describe();
        return report.value_or(ApplyReport{});
    }
    User alice() { return store_.users().find_by_username("demo", "alice").value().value(); }
    std::string with(std::string_view more) { return std::string(kFile).append(more); }

    SystemClock clock_;
    SystemRandom random_;
    Log log_{clock_, 2, LogLevel::kError};
    store_memory::MemoryStore store_;
    identity::Identities identities_{store_.users()};
    crypto::SecretBox box_ = make_box("a key file's content that nobody guesses");
    std::unique_ptr<Realms> realms_ = make();
};

TEST_F(RealmsTest, ServesARealmOnceItIsApplied) {
    EXPECT_EQ(realms_->find("demo"), nullptr);
    const auto report = apply(*realms_, kFile);
    EXPECT_TRUE(report.created && report.changed);
    EXPECT_EQ(report.keys_added, 1U);
    EXPECT_EQ(report.users_written, 2U);
    const auto snapshot = realms_->find("demo");
    ASSERT_NE(snapshot, nullptr);
    EXPECT_EQ(snapshot->issuer, "https://sso.example/auth/realms/demo");
    EXPECT_NE(snapshot->keys->active("ES256"), nullptr);
    EXPECT_NE(snapshot->realm->find_client("shop"), nullptr);
    EXPECT_NE(snapshot->realm->find_scope("profile"), nullptr);
    EXPECT_NE(snapshot->claims, nullptr);
    EXPECT_NE(snapshot->policy, nullptr);
    EXPECT_EQ(snapshot->version, store_.realms().version("demo").value());
    EXPECT_EQ(realms_->all().size(), 1U);
}

TEST_F(RealmsTest, ApplyingTheSameFileAgainChangesNothing) {
    apply(*realms_, kFile);
    const auto version = store_.realms().version("demo").value();
    const auto again = apply(*realms_, kFile);
    EXPECT_FALSE(again.created);
    EXPECT_FALSE(again.changed);
    EXPECT_EQ(again.objects_written, 0U);
    EXPECT_EQ(again.users_written, 0U);
    EXPECT_EQ(again.keys_added, 0U);
    EXPECT_EQ(store_.realms().version("demo").value(), version);
}

TEST_F(RealmsTest, WritesOnlyWhatDiffers) {
    apply(*realms_, kFile);
    const auto before = realms_->find("demo");
    const auto report = apply(*realms_, with("clientScopes: [{ name: \"invoice:read\" }]\n"));
    EXPECT_TRUE(report.changed);
    EXPECT_EQ(report.objects_written, 1U);
    EXPECT_EQ(report.users_written, 0U);
    EXPECT_NE(realms_->find("demo")->realm->find_scope("invoice:read"), nullptr);
    // Whoever took the former snapshot keeps it.
    EXPECT_EQ(before->realm->find_scope("invoice:read"), nullptr);
    EXPECT_GT(realms_->find("demo")->version, before->version);
}

TEST_F(RealmsTest, KeepsWhatALaterFileDoesNotName) {
    apply(*realms_, kFile);
    apply(*realms_, "realm: demo\nclients: [{ clientId: other }]\n");
    const auto snapshot = realms_->find("demo");
    EXPECT_NE(snapshot->realm->find_client("shop"), nullptr);
    EXPECT_NE(snapshot->realm->find_client("other"), nullptr);
    EXPECT_EQ(alice().username, "alice");
}

TEST_F(RealmsTest, StoresNoSecretInTheClear) {
    apply(*realms_, kFile);
    const auto objects = store_.realms().load("demo").value();
    for (const auto& object : objects)
        EXPECT_THAT(object.body, Not(HasSubstr("shop-secret-in-the-clear"))) << object.kind;
    EXPECT_THAT(alice().credentials.at(0).secret_data, HasSubstr("$argon2id$"));
    const auto& shop = *realms_->find("demo")->realm->find_client("shop");
    EXPECT_EQ(shop.secret->expose(), "shop-secret-in-the-clear");
}

TEST_F(RealmsTest, LoadsWhatAnotherProcessApplied) {
    apply(*realms_, kFile);
    const auto other = make();
    ASSERT_TRUE(other->load_all());
    const auto snapshot = other->find("demo");
    ASSERT_NE(snapshot, nullptr);
    EXPECT_EQ(snapshot->keys->jwks(), realms_->find("demo")->keys->jwks());
    EXPECT_EQ(snapshot->policy->version(), realms_->find("demo")->policy->version());
    EXPECT_EQ(snapshot->version, realms_->find("demo")->version);
    EXPECT_EQ(snapshot->realm->find_client("shop")->secret->expose(), "shop-secret-in-the-clear");
    // ... and applying the file there changes nothing either.
    EXPECT_FALSE(apply(*other, kFile).changed);
}

TEST_F(RealmsTest, ReloadSeesWhatAnotherProcessChangedAndNothingElse) {
    apply(*realms_, kFile);
    const auto other = make();
    ASSERT_TRUE(other->load_all());
    EXPECT_FALSE(other->reload("demo").value());
    apply(*realms_, with("clientScopes: [{ name: \"invoice:read\" }]\n"));
    EXPECT_TRUE(other->reload("demo").value());
    EXPECT_NE(other->find("demo")->realm->find_scope("invoice:read"), nullptr);
    EXPECT_FALSE(other->reload("nowhere").value());
}

TEST_F(RealmsTest, FollowingSeesRealmsThatAreNewChangedAndGone) {
    const auto other = make();
    ASSERT_TRUE(other->load_all());
    ASSERT_TRUE(other->follow());
    apply(*realms_, kFile);
    ASSERT_TRUE(other->follow());
    ASSERT_NE(other->find("demo"), nullptr);
    EXPECT_EQ(other->find("demo")->realm->find_scope("invoice:read"), nullptr);
    apply(*realms_, with("clientScopes: [{ name: \"invoice:read\" }]\n"));
    ASSERT_TRUE(other->follow());
    EXPECT_NE(other->find("demo")->realm->find_scope("invoice:read"), nullptr);
    ASSERT_TRUE(store_.realms().apply("demo", {}, store_.realms().load("demo").value()).value());
    ASSERT_TRUE(other->follow());
    EXPECT_EQ(other->find("demo"), nullptr);
}

TEST_F(RealmsTest, AChangedUserMakesTheVersionGrow) {
    apply(*realms_, kFile);
    const auto version = realms_->find("demo")->version;
    std::string changed(kFile);
    changed.replace(changed.find("opensesame"), 10, "changed-it");
    const auto report = apply(*realms_, changed);
    EXPECT_EQ(report.users_written, 1U);
    EXPECT_EQ(report.objects_written, 0U);
    EXPECT_GT(realms_->find("demo")->version, version);
}

constexpr std::string_view kOrganizations = R"(
organizationsEnabled: true
organizations:
  - { name: acme, members: [{ username: alice, membershipType: MANAGED }] }
)";

TEST_F(RealmsTest, MembersOfOrganizationsAreKeptWithTheUsers) {
    const auto realms = make();
    const auto file = std::string(kFile) + std::string(kOrganizations);
    apply(*realms, file);
    EXPECT_FALSE(apply(*realms, file).changed);
    const auto exported = realms->represent("demo", {.users = true, .secrets = true}).value();
    const auto& members = *exported.find("organizations")->as_array().front().find("members");
    EXPECT_EQ(members.to_text(), R"([{"membershipType":"MANAGED","username":"alice"}])");
    const auto without = realms->represent("demo", {.users = false, .secrets = true}).value();
    EXPECT_EQ(without.find("organizations")->as_array().front().find("members"), nullptr);
}

TEST_F(RealmsTest, MembersThatAFileNoLongerNamesLeaveAlsoWhenTheUserIsNotInIt) {
    const auto realms = make();
    apply(*realms, std::string(kFile) + std::string(kOrganizations));
    const auto alice = [&] { return *store_.users().find_by_username("demo", "alice").value(); };
    ASSERT_EQ(alice().memberships.size(), 1U);
    const std::string quiet =
        "realm: demo\norganizationsEnabled: true\norganizations: [{ name: acme }]\n";
    apply(*realms, quiet);
    EXPECT_EQ(alice().memberships.size(), 1U) << "the file does not speak of members";
    EXPECT_TRUE(
        apply(*realms, "realm: demo\norganizations: [{ name: acme, members: [] }]\n").changed);
    EXPECT_TRUE(alice().memberships.empty());
    apply(*realms, std::string(kFile) + std::string(kOrganizations));
    apply(*realms, "realm: demo\n");
    EXPECT_EQ(alice().memberships.size(), 1U) << "the organization stays";
    ASSERT_TRUE(realms->apply(read("realm: demo\n"), {.prune = true}));
    EXPECT_TRUE(alice().memberships.empty()) << "the organization is gone";
}

TEST_F(RealmsTest, AMemberWhoIsNobodyIsAnError) {
    const auto realms = make();
    const auto done = realms->apply(
        read("realm: demo\norganizations: [{ name: acme, members: [{ username: mallory }] }]\n"));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kConfigInvalid);
    EXPECT_THAT(done.error().hint, HasSubstr("mallory"));
}

TEST_F(RealmsTest, AChangedUserIsSeenAtOnce) {
    apply(*realms_, kFile);
    const auto id = alice().id;
    const auto find = [&] {
        const auto snapshot = realms_->find("demo");
        return *identities_.find(*snapshot->realm, snapshot->version, id);
    };
    EXPECT_TRUE(find()->user->enabled);
    apply(*realms_, with("    enabled: false\n"));
    EXPECT_FALSE(find()->user->enabled);
}

TEST_F(RealmsTest, AMaskedSecretKeepsTheStoredOne) {
    apply(*realms_, kFile);
    std::string masked(kFile);
    masked.replace(masked.find("shop-secret-in-the-clear"), 24, "'**********'");
    const auto report = apply(*realms_, masked);
    EXPECT_EQ(report.objects_written, 0U);
    EXPECT_EQ(realms_->find("demo")->realm->find_client("shop")->secret->expose(),
              "shop-secret-in-the-clear");
}

TEST_F(RealmsTest, AMaskedSecretWithNothingStoredIsAnErrorUnlessItMayBeUnset) {
    std::string masked(kFile);
    masked.replace(masked.find("shop-secret-in-the-clear"), 24, "'**********'");
    const auto refused = realms_->apply(read(masked));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kConfigInvalid);
    EXPECT_THAT(refused.error().hint, HasSubstr("shop"));
    EXPECT_TRUE(store_.realms().list()->empty());
    ASSERT_TRUE(realms_->apply(read(masked), {.without_secrets = true}));
    EXPECT_EQ(realms_->find("demo")->realm->find_client("shop")->secret, nullptr);
    EXPECT_THAT(realms_->represent("demo", {.users = false, .secrets = true})->to_text(),
                Not(HasSubstr("*****")));
}

// A realm that asks an issuer about its tokens, with this secret.
std::string with_asked_issuer(const std::string& secret) {
    return std::string(kFile) +
           "trustedIssuers:\n  - { alias: old, kind: introspection, issuer: https://old.example, "
           "endpoints: { introspection: https://old.example/i, clientId: us, clientSecret: " +
           secret + " } }\n";
}

TEST_F(RealmsTest, AMaskedSecretOfAnIssuerKeepsTheStoredOne) {
    const auto refused = realms_->apply(read(with_asked_issuer("'**********'")));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().hint, HasSubstr("issuer old"));
    apply(*realms_, with_asked_issuer("issuer-secret"));
    const auto report = apply(*realms_, with_asked_issuer("'**********'"));
    EXPECT_FALSE(report.changed);
    const auto secret = [&] {
        return realms_->find("demo")->realm->find_issuer("old")->endpoints.client_secret;
    };
    EXPECT_EQ(secret()->expose(), "issuer-secret");
    const auto masked = realms_->represent("demo", {.users = true, .secrets = false});
    EXPECT_THAT(masked->to_text(), Not(HasSubstr("issuer-secret")));
    apply(*realms_, masked->to_text());
    EXPECT_EQ(secret()->expose(), "issuer-secret");
}

TEST_F(RealmsTest, AMaskedSecretOfAnIssuerThatNobodyKnowsIsLeftOut) {
    ASSERT_TRUE(realms_->apply(read(with_asked_issuer("'**********'")), {.without_secrets = true}));
    EXPECT_EQ(realms_->find("demo")->realm->find_issuer("old")->endpoints.client_secret, nullptr);
}

TEST_F(RealmsTest, ALinkThatLeavesTheFileLeavesTheStoreAndOthersStay) {
    const auto file = [](const std::string& links) {
        return "realm: demo\nusers:\n  - { username: alice" + links + " }\n";
    };
    apply(*realms_, file(", federatedIdentities: [{ identityProvider: p, userId: one, userName: a "
                         "}, { identityProvider: p, userId: two, userName: a }]"));
    auto& links = store_.federated_identities();
    const auto id = store_.users().find_by_username("demo", "alice").value()->id;
    // One that came of a token.
    ASSERT_TRUE(
        links.put("demo", {{.issuer = "p", .subject = "three", .user = id, .username = {}}}));
    const auto report = apply(*realms_, file(", federatedIdentities: [{ identityProvider: p, "
                                             "userId: two, userName: a }]"));
    EXPECT_TRUE(report.changed);
    EXPECT_FALSE(links.find("demo", "p", "one")->has_value());
    EXPECT_TRUE(links.find("demo", "p", "two")->has_value());
    EXPECT_TRUE(links.find("demo", "p", "three")->has_value());
    apply(*realms_, file(""));
    EXPECT_FALSE(links.find("demo", "p", "two")->has_value());
    EXPECT_TRUE(links.find("demo", "p", "three")->has_value());
    EXPECT_FALSE(apply(*realms_, file("")).changed);
}

TEST_F(RealmsTest, WhatAFileLacksStaysUnlessItIsPruned) {
    apply(*realms_, with("roles: { realm: [{ name: clerk }] }\n"));
    const auto report = apply(*realms_, "realm: demo\ndefaultSignatureAlgorithm: ES256\n");
    EXPECT_FALSE(report.changed);
    EXPECT_THAT(report.absent,
                testing::ElementsAre("client billing", "client shop", "role :clerk"));
    EXPECT_NE(realms_->find("demo")->realm->find_client("shop"), nullptr);
    const auto file = read("realm: demo\ndefaultSignatureAlgorithm: ES256\n");
    const ApplyOptions prune{.prune = true, .prune_users = false};
    const auto told = realms_->compare(file, prune);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->changes.size(), 4U);  // and the service account
    const auto pruned = realms_->apply(file, prune);
    ASSERT_TRUE(pruned);
    EXPECT_EQ(pruned->objects_removed, 3U);
    EXPECT_EQ(pruned->users_removed, 1U);
    EXPECT_EQ(realms_->find("demo")->realm->find_client("shop"), nullptr);
    EXPECT_EQ(store_.users().count("demo").value(), 1U);
    ASSERT_TRUE(realms_->apply(file, {.prune = true, .prune_users = true}));
    EXPECT_EQ(store_.users().count("demo").value(), 0U);
    EXPECT_TRUE(realms_->compare(file, {.prune = true, .prune_users = true})->changes.empty());
}

TEST_F(RealmsTest, AComparisonWritesNothingAndTellsNoSecret) {
    apply(*realms_, kFile);
    const auto version = store_.realms().version("demo").value();
    std::string changed(kFile);
    changed.replace(changed.find("shop-secret-in-the-clear"), 24, "another-secret");
    const auto told = realms_->compare(read(changed));
    ASSERT_TRUE(told);
    ASSERT_EQ(told->changes.size(), 1U);
    EXPECT_EQ(told->changes.front().what, Change::What::kChange);
    EXPECT_EQ(told->changes.front().key, "shop");
    EXPECT_THAT(told->changes.front().details, testing::ElementsAre("secret: changed"));
    EXPECT_EQ(store_.realms().version("demo").value(), version);
    EXPECT_TRUE(realms_->compare(read(kFile))->changes.empty());
}

TEST_F(RealmsTest, ARepresentationIsAppliedToTheSameRealm) {
    apply(*realms_, kFile);
    const auto whole = realms_->represent("demo", {.users = true, .secrets = true});
    ASSERT_TRUE(whole);
    const auto report = apply(*realms_, whole->to_text());
    EXPECT_FALSE(report.changed);
    const auto masked = realms_->represent("demo", {.users = true, .secrets = false});
    EXPECT_THAT(masked->to_text(), Not(HasSubstr("shop-secret-in-the-clear")));
    EXPECT_FALSE(apply(*realms_, masked->to_text()).changed);
    EXPECT_EQ(realms_->represent("gone", {}).error().code, ErrorCode::kRealmUnknown);
}

TEST_F(RealmsTest, AHashMadeStrongerAtALoginIsNotPutBack) {
    const auto weak = crypto::hash_password("pw", {.memory_kib = 1024, .iterations = 1}, random_);
    const std::string file =
        "realm: demo\nusers:\n  - username: bob\n    credentials:\n"
        "      - { id: c1, type: password, createdDate: 5, secretData: '" +
        crypto::to_text(*weak) + "' }\n";
    apply(*realms_, file);
    const identity::Logins logins(
        {store_.users(), store_.login_failures(), identities_, clock_, random_, log_},
        {.password = kCheap});
    const auto snapshot = realms_->find("demo");
    ASSERT_TRUE(
        logins.check_password(*snapshot->realm, snapshot->version, "bob", Secret("pw"), ""));
    EXPECT_EQ(apply(*realms_, file).users_written, 0U);
}

TEST_F(RealmsTest, AConsentThatTheUserChangedLaterIsNotPutBack) {
    const std::string file =
        "realm: demo\nclients:\n  - clientId: web\n    publicClient: true\n"
        "  - clientId: other\n    publicClient: true\nusers:\n  - username: bob\n"
        "    clientConsents:\n      - { clientId: web, grantedClientScopes: [profile], "
        "createdDate: 5, lastUpdatedDate: ";
    apply(*realms_, file + "6 }\n");
    const auto bob = [&] { return *store_.users().find_by_username("demo", "bob").value(); };
    auto changed = bob();
    changed.consents.front().scopes.clear();
    changed.consents.front().updated_ms = 7;
    changed.consents.push_back(
        {.client = "other", .scopes = {"email"}, .created_ms = 7, .updated_ms = 7});
    ASSERT_TRUE(store_.users().put("demo", {changed}));
    EXPECT_EQ(apply(*realms_, file + "6 }\n").users_written, 0U);
    EXPECT_EQ(bob().consents.size(), 2U);
    apply(*realms_, file + "8 }\n");
    EXPECT_EQ(bob().consents.front().scopes, std::vector<std::string>{"profile"});
    EXPECT_EQ(bob().consents.back().client, "other");
}

TEST_F(RealmsTest, AUserKeepsItsIdWhenAFileNamesAnother) {
    apply(*realms_, kFile);
    const auto id = alice().id;
    const auto report = apply(*realms_, with("    id: another-id\n"));
    EXPECT_EQ(alice().id, id);
    EXPECT_THAT(report.notes, testing::Contains(HasSubstr(id.text())));
}

TEST_F(RealmsTest, AServiceAccountKeepsItsRolesWhenAFileDoesNotDescribeIt) {
    apply(*realms_, kFile);
    auto account = store_.users().find_service_account("demo", ClientId("shop")).value().value();
    EXPECT_EQ(account.username, "service-account-shop");
    account.roles = {{"", "offline_access"}};
    ASSERT_TRUE(store_.users().put("demo", {account}));
    EXPECT_FALSE(apply(*realms_, kFile).changed);
    EXPECT_EQ(store_.users().find_service_account("demo", ClientId("shop")).value(), account);
}

TEST_F(RealmsTest, AnotherKeyFileOpensNothing) {
    apply(*realms_, kFile);
    box_ = make_box("quite another key that nobody guesses either");
    const auto loaded = make()->load_all();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::kCrypto);
    EXPECT_THAT(loaded.error().hint, HasSubstr("another key file"));
}

TEST_F(RealmsTest, RefusesAnObjectThatWasMovedOrPutThereInTheClear) {
    apply(*realms_, kFile);
    auto objects = store_.realms().load("demo").value();
    const auto shop = std::ranges::find_if(objects, [](const store::RealmObject& object) {
        return object.kind == "client" && object.key == "shop";
    });
    ASSERT_NE(shop, objects.end());
    auto moved = *shop;
    moved.key = "billing";
    for (const auto& forged : {moved, store::RealmObject{"client", "shop", "{}"}}) {
        ASSERT_TRUE(store_.realms().apply("demo", {forged}, {}));
        const auto loaded = make()->load_all();
        ASSERT_FALSE(loaded);
        EXPECT_EQ(loaded.error().code, ErrorCode::kCrypto);
        ASSERT_TRUE(store_.realms().apply("demo", objects, {}));
    }
}

TEST_F(RealmsTest, TheRealmsFrontendUrlComesBeforeTheConfiguredOne) {
    apply(*realms_, with("attributes: { frontendUrl: \"https://login.example/kc/\" }\n"));
    EXPECT_EQ(realms_->find("demo")->issuer, "https://login.example/kc/realms/demo");
}

TEST_F(RealmsTest, NotesAMapperThatIsNotServed) {
    const auto report = apply(*realms_, R"(
realm: demo
clients:
  - clientId: shop
    protocolMappers:
      - name: scripted
        protocol: openid-connect
        protocolMapper: script-of-ours.js
)");
    EXPECT_THAT(report.notes, testing::Contains(HasSubstr("scripted")));
}

TEST_F(RealmsTest, ARuleThatIsTakenOutOfTheFileIsGone) {
    const std::string with_rule = std::string(kFile) + R"(
exchangeRules:
  - id: shop-to-billing
    owner: billing
    effect: permit
    requester: { clients: [shop] }
    subject: { tokenTypes: [access_token], issuers: [self], users: { any: true } }
    target: { audiences: [billing] }
    result: { mode: same-subject, tokenTypes: [access_token], lifetime: 5m }
)";
    auto realms = make();
    apply(*realms, with_rule);
    EXPECT_EQ(realms->find("demo")->realm->rules.size(), 1U);
    const auto report = apply(*realms, kFile);
    EXPECT_TRUE(report.changed);
    EXPECT_EQ(report.objects_removed, 1U);
    EXPECT_TRUE(realms->find("demo")->realm->rules.empty());
    auto again = make();
    ASSERT_TRUE(again->load_all());
    EXPECT_TRUE(again->find("demo")->realm->rules.empty());
}

}  // namespace
}  // namespace cambist::realms
