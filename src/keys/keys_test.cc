// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/random.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "json/parse.h"
#include "keys/repository.h"
#include "keys/ring.h"
#include "store_memory/memory_store.h"

namespace cambist::keys {
namespace {

class FixedClock final : public Clock {
  public:
    TimePoint now() const override { return from_unix(seconds); }
    std::int64_t seconds = 1'700'000'000;
};

Realm realm_with(std::string algorithm) {
    Realm realm;
    realm.name = RealmName("shop");
    realm.signature_algorithm = std::move(algorithm);
    return realm;
}

ImportedKey imported(const crypto::PrivateKey& key, std::string algorithm) {
    ImportedKey import;
    import.name = "old";
    import.algorithm = std::move(algorithm);
    import.private_key_pem = std::make_shared<const Secret>(key.to_pem());
    return import;
}

class KeysTest : public testing::Test {
  protected:
    static crypto::SecretBox box_of(const std::vector<std::string_view>& contents) {
        std::vector<Secret> secrets;
        secrets.reserve(contents.size());
        for (const auto text : contents) secrets.emplace_back(text);
        return *crypto::SecretBox::from_key_files(secrets);
    }
    KeyRepository repository(const crypto::SecretBox& box) {
        return {store_.keys(), box, random_, clock_};
    }
    std::shared_ptr<const KeyRing> load() {
        auto ring = repository(box_).load("shop");
        EXPECT_TRUE(ring.has_value()) << ring.error().describe();
        return *ring;
    }
    bool ensure(const Realm& realm) {
        const auto changed = repository(box_).ensure(realm);
        EXPECT_TRUE(changed.has_value()) << changed.error().describe();
        return changed.value_or(false);
    }

    static constexpr std::string_view kFirst = "0123456789abcdef0123456789abcdef";
    static constexpr std::string_view kSecond = "fedcba9876543210fedcba9876543210";
    store_memory::MemoryStore store_;
    SystemRandom random_;
    FixedClock clock_;
    crypto::SecretBox box_ = box_of({kFirst});
};

TEST_F(KeysTest, EnsureGeneratesAKeyForEveryAlgorithmThatRealmAndClientsName) {
    auto realm = realm_with("ES256");
    realm.clients.emplace_back().access_token_algorithm = "EdDSA";
    realm.clients.emplace_back().id_token_algorithm = "PS256";
    realm.clients.emplace_back().id_token_algorithm = "ES256";
    EXPECT_TRUE(ensure(realm));
    const auto ring = load();
    EXPECT_EQ(ring->keys().size(), 3U);
    for (const auto* name : {"ES256", "EdDSA", "PS256"}) {
        ASSERT_NE(ring->active(name), nullptr) << name;
        EXPECT_EQ(ring->active(name)->algorithm, name);
    }
    EXPECT_EQ(ring->active("RS256"), nullptr);
}

TEST_F(KeysTest, EnsureAgainChangesNothingAndTheKidStays) {
    const auto realm = realm_with("ES256");
    EXPECT_TRUE(ensure(realm));
    const auto kid = load()->active("ES256")->kid;
    EXPECT_FALSE(ensure(realm));
    EXPECT_EQ(load()->active("ES256")->kid, kid);
}

TEST_F(KeysTest, AnUnknownAlgorithmIsRefusedByName) {
    for (const auto* name : {"HS256", "none", "es256"}) {
        const auto changed = repository(box_).ensure(realm_with(name));
        ASSERT_FALSE(changed.has_value()) << name;
        EXPECT_EQ(changed.error().code, ErrorCode::kConfigInvalid);
        EXPECT_THAT(changed.error().hint, testing::HasSubstr(name));
    }
}

// specs: MET-12
TEST_F(KeysTest, TheSetShowsPublicMembersOnlyAndTheCertificate) {
    ensure(realm_with("RS256"));
    const auto ring = load();
    const auto set = json::parse(ring->jwks());
    ASSERT_TRUE(set.has_value());
    const auto& jwk = set->find("keys")->as_array().at(0);
    EXPECT_EQ(*jwk.find_string("kid"), ring->active("RS256")->kid.text());
    EXPECT_EQ(*jwk.find_string("kty"), "RSA");
    EXPECT_EQ(*jwk.find_string("alg"), "RS256");
    EXPECT_EQ(*jwk.find_string("use"), "sig");
    for (const auto* name : {"n", "e", "x5t", "x5t#S256"}) {
        EXPECT_NE(jwk.find_string(name), nullptr) << name;
    }
    ASSERT_NE(jwk.find("x5c"), nullptr);
    EXPECT_EQ(jwk.find("x5c")->as_array().size(), 1U);
    for (const auto* name : {"d", "p", "q", "dp", "dq", "qi"}) {
        EXPECT_EQ(jwk.find(name), nullptr) << name;
    }
    EXPECT_TRUE(jose::parse_jwk_set(std::string_view(ring->jwks())).has_value());
}

TEST_F(KeysTest, TheRealmInfoKeyIsTheActiveKeyAsBareDer) {
    ensure(realm_with("ES256"));
    const auto ring = load();
    const auto text = ring->public_key_der_base64("ES256");
    EXPECT_TRUE(base64_decode(text).has_value());
    const auto key = crypto::PublicKey::from_pem(text);
    ASSERT_TRUE(key.has_value());
    EXPECT_TRUE(*key == ring->active("ES256")->key.public_key());
    EXPECT_EQ(ring->public_key_der_base64("RS256"), "");
}

// The renewal of the keys of one realm, at times that a test sets.
class Rotation : public KeysTest {
  protected:
    void SetUp() override { ensure(realm_); }
    KeyId rotate() { return *repository(box_).rotate(realm_, "ES256", policy_); }
    // Whether anything was due, so many seconds later.
    bool advance_after(std::int64_t seconds) {
        clock_.seconds += seconds;
        const bool is_due = *repository(box_).is_due(realm_, policy_);
        EXPECT_EQ(*repository(box_).advance(realm_, policy_), is_due);
        return is_due;
    }
    KeyId signer() { return load()->active("ES256")->kid; }

    Realm realm_ = realm_with("ES256");
    RotationPolicy policy_{.max_age = 0, .publish = 600, .keep = 3600};
};

// specs: MET-12
TEST_F(Rotation, ANewKeyIsPublishedThenSignsAndTheOldOneVerifiesUntilItsTokensAreGone) {
    const auto old = signer();
    const auto fresh = rotate();
    EXPECT_NE(fresh, old);
    EXPECT_EQ(signer(), old);
    EXPECT_THAT(load()->jwks(), testing::HasSubstr(fresh.text()));
    EXPECT_FALSE(advance_after(599));
    EXPECT_EQ(signer(), old);
    EXPECT_TRUE(advance_after(1));
    EXPECT_EQ(signer(), fresh);
    ASSERT_NE(load()->find_for_verification(old.text()), nullptr);
    EXPECT_THAT(load()->jwks(), testing::HasSubstr(old.text()));
    EXPECT_FALSE(ensure(realm_));
    EXPECT_FALSE(advance_after(3599));
    EXPECT_NE(load()->find_for_verification(old.text()), nullptr);
    EXPECT_TRUE(advance_after(1));
    EXPECT_EQ(load()->find_for_verification(old.text()), nullptr);
    EXPECT_EQ(load()->keys().size(), 1U);
    EXPECT_FALSE(advance_after(1'000'000'000));
    EXPECT_FALSE(ensure(realm_));
}

TEST_F(Rotation, AskingTwiceMakesOneKey) {
    const auto first = rotate();
    EXPECT_EQ(rotate(), first);
    EXPECT_EQ(load()->keys().size(), 2U);
}

TEST_F(Rotation, WithoutATimeToPublishTheNewKeySignsAtOnce) {
    policy_.publish = 0;
    const auto fresh = rotate();
    EXPECT_TRUE(advance_after(0));
    EXPECT_EQ(signer(), fresh);
}

TEST_F(Rotation, AKeyIsRenewedByAgeSoThatTheNextSignsWhenItIsTooOld) {
    policy_.max_age = 86'400;
    const auto old = signer();
    EXPECT_FALSE(advance_after(86'400 - 601));
    EXPECT_TRUE(advance_after(1));
    EXPECT_EQ(signer(), old);
    EXPECT_EQ(load()->keys().size(), 2U);
    EXPECT_FALSE(advance_after(599));
    EXPECT_TRUE(advance_after(1));
    EXPECT_NE(signer(), old);
    EXPECT_FALSE(advance_after(60));
}

TEST_F(Rotation, AKeyThatTheFileWantsKeepsItsPlaceAndOneThatItBringsStays) {
    policy_.max_age = 86'400;
    realm_.wanted_keys = {{"mine", "ES256", KeyState::kActive, 5, 2048}};
    EXPECT_TRUE(ensure(realm_));
    const auto wanted = signer();
    EXPECT_TRUE(advance_after(86'400));
    EXPECT_FALSE(ensure(realm_)) << "the one that waits is not taken for the wanted one";
    EXPECT_TRUE(advance_after(600));
    EXPECT_NE(signer(), wanted);
    EXPECT_EQ(load()->active("ES256")->source, "realm file: mine");
    EXPECT_EQ(load()->active("ES256")->priority, 5);
    EXPECT_FALSE(ensure(realm_)) << "the one that was replaced does not come back";
    const auto key = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    realm_.imported_keys = {imported(key, "ES256")};
    EXPECT_TRUE(ensure(realm_));
    EXPECT_EQ(signer().text(), jose::thumbprint(key.public_key()));
    EXPECT_FALSE(advance_after(600));
    const auto fresh = rotate();
    EXPECT_TRUE(advance_after(600));
    EXPECT_EQ(signer(), fresh) << "by command it is outdone";
    EXPECT_NE(load()->find_for_verification(jose::thumbprint(key.public_key())), nullptr);
}

// Whichever of the writes was the last before the end of the process.
TEST_F(Rotation, ACrashInBetweenIsMendedByTheNextTurn) {
    const auto old = signer();
    const auto fresh = rotate();
    const auto rows = *store_.keys().list("shop");
    auto row = *std::ranges::find(rows, fresh.text(), &store::KeyRow::kid);
    row.state = "active";
    row.source = "generated";
    row.activates = 0;
    row.created += 1;
    ASSERT_TRUE(store_.keys().put("shop", row));
    EXPECT_TRUE(advance_after(1));
    EXPECT_EQ(signer(), fresh);
    EXPECT_EQ(std::ranges::count(load()->keys(), KeyState::kActive, &SigningKey::state), 1);
    EXPECT_NE(load()->find_for_verification(old.text()), nullptr);
    EXPECT_FALSE(advance_after(1));
}

TEST_F(KeysTest, ADisabledKeyNeitherSignsNorVerifiesNorShows) {
    ensure(realm_with("ES256"));
    const auto kid = load()->active("ES256")->kid;
    ASSERT_TRUE(repository(box_).set_state("shop", kid, KeyState::kDisabled).has_value());
    const auto ring = load();
    EXPECT_EQ(ring->active("ES256"), nullptr);
    EXPECT_EQ(ring->find_for_verification(kid.text()), nullptr);
    EXPECT_THAT(ring->jwks(), testing::Not(testing::HasSubstr(kid.text())));
    EXPECT_EQ(ring->keys().size(), 1U);
}

TEST_F(KeysTest, SetStateOfAnUnknownKeyIsNotFound) {
    const auto status = repository(box_).set_state("shop", KeyId("x"), KeyState::kPassive);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kNotFound);
}

TEST_F(KeysTest, AnImportedKeySignsInsteadOfAGeneratedOne) {
    const auto key = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    auto realm = realm_with("ES256");
    realm.imported_keys.push_back(imported(key, ""));
    EXPECT_TRUE(ensure(realm));
    const auto ring = load();
    ASSERT_EQ(ring->keys().size(), 1U);
    EXPECT_EQ(ring->active("ES256")->kid.text(), jose::thumbprint(key.public_key()));
    EXPECT_EQ(ring->active("ES256")->source, "realm file: old");
    EXPECT_FALSE(ensure(realm));
}

TEST_F(KeysTest, AnImportedPassiveKeyVerifiesWhileAGeneratedOneSigns) {
    const auto key = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    auto realm = realm_with("ES256");
    realm.imported_keys.push_back(imported(key, "ES256"));
    realm.imported_keys.front().state = KeyState::kPassive;
    EXPECT_TRUE(ensure(realm));
    const auto ring = load();
    const auto kid = jose::thumbprint(key.public_key());
    EXPECT_NE(ring->find_for_verification(kid), nullptr);
    ASSERT_NE(ring->active("ES256"), nullptr);
    EXPECT_NE(ring->active("ES256")->kid.text(), kid);
}

TEST_F(KeysTest, AKeyThatTheFileWantsIsMadeOnceAndFollowsTheFile) {
    auto realm = realm_with("ES256");
    realm.wanted_keys = {{"mine", "ES256", KeyState::kActive, 5, 2048}};
    EXPECT_TRUE(ensure(realm));
    const auto kid = load()->active("ES256")->kid;
    EXPECT_EQ(load()->keys().size(), 1U) << "no fallback beside it";
    EXPECT_FALSE(ensure(realm));
    realm.wanted_keys.front().priority = 6;
    EXPECT_TRUE(ensure(realm));
    EXPECT_EQ(load()->active("ES256")->kid, kid);
    EXPECT_EQ(load()->active("ES256")->priority, 6);
    realm.wanted_keys.front().state = KeyState::kPassive;
    EXPECT_TRUE(ensure(realm));
    EXPECT_NE(load()->active("ES256")->kid, kid);
    EXPECT_NE(load()->find_for_verification(kid.text()), nullptr);
}

TEST_F(KeysTest, AFallbackKeyGivesWayToWhateverIsConfigured) {
    auto realm = realm_with("ES256");
    EXPECT_TRUE(ensure(realm));
    EXPECT_EQ(load()->active("ES256")->priority, -100);
    const auto key = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    realm.imported_keys = {imported(key, "ES256")};
    realm.imported_keys.front().priority = 0;
    EXPECT_TRUE(ensure(realm));
    EXPECT_EQ(load()->active("ES256")->kid.text(), jose::thumbprint(key.public_key()));
}

TEST_F(KeysTest, ImportsThatCanNotWorkAreRefusedWithTheirName) {
    const auto rsa = *crypto::PrivateKey::generate(crypto::KeyKind::kRsa);
    const auto curve = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    ImportedKey garbage;
    garbage.name = "old";
    garbage.private_key_pem = std::make_shared<const Secret>("no key");
    ImportedKey missing;
    missing.name = "old";
    struct Case {
        const char* name;
        ImportedKey import;
    };
    const std::vector<Case> cases{{"curve for RSA", imported(curve, "RS256")},
                                  {"RSA for a curve", imported(rsa, "ES256")},
                                  {"symmetric algorithm", imported(rsa, "HS256")},
                                  {"not a key", garbage},
                                  {"no key at all", missing}};
    for (const auto& item : cases) {
        auto realm = realm_with("ES256");
        realm.imported_keys.push_back(item.import);
        const auto changed = repository(box_).ensure(realm);
        ASSERT_FALSE(changed.has_value()) << item.name;
        EXPECT_EQ(changed.error().code, ErrorCode::kConfigInvalid) << item.name;
        EXPECT_THAT(changed.error().describe(), testing::Not(testing::HasSubstr("PRIVATE KEY")));
    }
}

// specs: JWB-02
TEST_F(KeysTest, OneKeyCanNotServeTwoAlgorithms) {
    const auto rsa = *crypto::PrivateKey::generate(crypto::KeyKind::kRsa);
    auto realm = realm_with("RS256");
    realm.imported_keys = {imported(rsa, "RS256"), imported(rsa, "PS256")};
    const auto changed = repository(box_).ensure(realm);
    ASSERT_FALSE(changed.has_value());
    EXPECT_EQ(changed.error().code, ErrorCode::kConfigInvalid);
}

TEST_F(KeysTest, ThePrivateKeyIsSealedAtRest) {
    ensure(realm_with("ES256"));
    const auto rows = *store_.keys().list("shop");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_THAT(rows[0].sealed, testing::Not(testing::HasSubstr("PRIVATE KEY")));
}

TEST_F(KeysTest, ASealedKeyOpensInItsPlaceOnly) {
    ensure(realm_with("ES256"));
    auto row = store_.keys().list("shop")->front();
    ASSERT_TRUE(store_.keys().put("other", row).has_value());
    const auto elsewhere = repository(box_).load("other");
    ASSERT_FALSE(elsewhere.has_value());
    EXPECT_EQ(elsewhere.error().code, ErrorCode::kCrypto);
    row.kid = "another";
    ASSERT_TRUE(store_.keys().put("shop", row).has_value());
    EXPECT_FALSE(repository(box_).load("shop").has_value());
}

TEST_F(KeysTest, AnotherKeyFileIsNamedAsTheCause) {
    ensure(realm_with("ES256"));
    const auto other = box_of({kSecond});
    const auto ring = repository(other).load("shop");
    ASSERT_FALSE(ring.has_value());
    EXPECT_EQ(ring.error().code, ErrorCode::kCrypto);
    EXPECT_THAT(ring.error().hint, testing::HasSubstr("another key file"));
}

TEST_F(KeysTest, ResealMovesAllKeysToTheNewestKeyFile) {
    ensure(realm_with("ES256"));
    const auto both = box_of({kSecond, kFirst});
    EXPECT_EQ(*repository(both).reseal("shop"), 1U);
    EXPECT_EQ(*repository(both).reseal("shop"), 0U);
    EXPECT_TRUE(repository(box_of({kSecond})).load("shop").has_value());
}

TEST_F(KeysTest, WhatTheRingSignsItVerifies) {
    for (const auto* name : {"RS256", "PS384", "ES384", "ES512", "EdDSA"}) {
        ensure(realm_with(name));
        const auto ring = load();
        const auto* key = ring->active(name);
        ASSERT_NE(key, nullptr);
        const auto text = jose::sign_compact(
            key->key, {.algorithm = key->signature, .kid = key->kid.text()}, R"({"a":1})");
        ASSERT_TRUE(text.has_value());
        const auto verified = jose::verify_compact(
            *text, [&](const jose::Header& header) -> Result<jose::VerificationKey> {
                return *ring->find_for_verification(header.kid);
            });
        EXPECT_TRUE(verified.has_value()) << name;
    }
}

SigningKey key_with(std::string kid, std::int64_t priority, std::int64_t created) {
    return SigningKey{.kid = KeyId(std::move(kid)),
                      .algorithm = "ES256",
                      .signature = crypto::SignatureAlgorithm::kEs256,
                      .key = *crypto::PrivateKey::generate(crypto::KeyKind::kP256),
                      .state = KeyState::kActive,
                      .priority = priority,
                      .created = created,
                      .certificate = {},
                      .source = {}};
}

TEST(KeyRing, TheHighestPrioritySignsThenTheNewest) {
    const auto by_priority =
        *KeyRing::make({key_with("a", 100, 9), key_with("b", 200, 1), key_with("c", 150, 5)});
    EXPECT_EQ(by_priority->active("ES256")->kid.text(), "b");
    const auto by_age = *KeyRing::make({key_with("a", 100, 1), key_with("b", 100, 2)});
    EXPECT_EQ(by_age->active("ES256")->kid.text(), "b");
}

TEST(KeyRing, OneKidTwiceIsRefused) {
    EXPECT_FALSE(KeyRing::make({key_with("a", 1, 1), key_with("a", 2, 2)}).has_value());
}

TEST(KeyRing, AKeyThatDoesNotFitItsAlgorithmIsRefused) {
    auto key = key_with("a", 1, 1);
    key.algorithm = "RS256";
    key.signature = crypto::SignatureAlgorithm::kRs256;
    EXPECT_FALSE(KeyRing::make({key}).has_value());
    auto liar = key_with("a", 1, 1);
    liar.algorithm = "ES384";
    EXPECT_FALSE(KeyRing::make({liar}).has_value());
}

TEST(KeyRing, AnEmptyRingHasAnEmptySet) {
    EXPECT_EQ((*KeyRing::make({}))->jwks(), R"({"keys":[]})");
}

}  // namespace
}  // namespace cambist::keys
