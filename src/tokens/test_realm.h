// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "claims/claims.h"
#include "identity/identities.h"
#include "jose/algorithms.h"
#include "jose/claims.h"
#include "jose/jws.h"
#include "json/value.h"
#include "keys/ring.h"
#include "realms/snapshot.h"
#include "sessions/revocations.h"
#include "sessions/sessions.h"
#include "store_memory/memory_store.h"
#include "tokens/own_tokens.h"

// A small realm with a user, a session and keys, for the tests of this module only.
namespace cambist::tokens {

inline constexpr std::int64_t kNow = 1'700'000'000;
inline constexpr std::string_view kIssuer = "https://id.example.com/realms/shop";

inline keys::SigningKey make_key(std::string kid, std::string_view algorithm,
                                 KeyState state = KeyState::kActive) {
    const auto* row = jose::find_algorithm(algorithm);
    auto kind = crypto::KeyKind::kP256;
    if (row->kty == "RSA") kind = crypto::KeyKind::kRsa;
    if (row->kty == "OKP") kind = crypto::KeyKind::kEd25519;
    return {.kid = KeyId(std::move(kid)),
            .algorithm = std::string(algorithm),
            .signature = row->signature,
            .key = *crypto::PrivateKey::generate(kind),
            .state = state,
            .priority = 100,
            .created = kNow,
            .certificate = {},
            .source = "generated"};
}

// A plan as policy/ would make it. Only policy::Policy can make a Proof; a test may conjure one.
inline IssuePlan make_plan(PlanFacts facts) {
    return {std::bit_cast<IssuePlan::Proof>('\0'), std::move(facts)};
}

class TestRealm : public testing::Test {
  protected:
    TestRealm() {
        realm_.name = RealmName("shop");
        realm_.signature_algorithm = "ES256";
        for (const auto* id : {"web", "api", "agent"}) {
            Client client;
            client.id = std::string(id) + "-uuid";
            client.client_id = ClientId(id);
            client.full_scope_allowed = true;
            realm_.clients.push_back(std::move(client));
        }
        realm_.clients[0].mappers.push_back(username_mapper());
        User user;
        user.id = UserId("u1");
        user.username = "alice";
        put(user);
        session_ =
            sessions_.make(realm_, UserId("u1"), ClientId("web"), "password", from_unix(kNow - 10));
        EXPECT_TRUE(store_.commit({"shop", {store::AddSession{session_}}}).has_value());
        publish();
    }

    static MapperConfig username_mapper() {
        return {.id = "m1",
                .name = "username",
                .protocol = "openid-connect",
                .type = "oidc-usermodel-attribute-mapper",
                .config = {{"user.attribute", "username"},
                           {"claim.name", "preferred_username"},
                           {"jsonType.label", "String"},
                           {"id.token.claim", "true"},
                           {"access.token.claim", "true"},
                           {"userinfo.token.claim", "true"},
                           {"introspection.token.claim", "true"}}};
    }

    // Makes the realm as it stands now the one that is served.
    void publish() {
        auto realm = std::make_shared<Realm>(realm_);
        realm->index();
        std::vector<claims::Note> notes;
        snapshot_.realm = realm;
        snapshot_.claims = claims::RealmClaims::compile(realm, notes);
        EXPECT_TRUE(notes.empty());
        snapshot_.keys = *keys::KeyRing::make(keys_);
        snapshot_.version += 1;
        snapshot_.issuer = kIssuer;
    }
    Client& client(std::string_view id) {
        for (auto& client : realm_.clients) {
            if (client.client_id.text() == id) return client;
        }
        ADD_FAILURE() << "no client " << id;
        return realm_.clients.front();
    }
    const Client& served(std::string_view id) const { return *snapshot_.realm->find_client(id); }
    void put(const User& user) {
        ASSERT_TRUE(store_.users().put("shop", {user}).has_value());
        identities_.invalidate(RealmName("shop"), user.id);
    }
    User user() { return **store_.users().find("shop", UserId("u1")); }

    // The claims of a good access token of alice, held by web.
    json::Value good_claims() const {
        json::Value claims = json::Value::object();
        claims.set("exp", kNow + 300).set("iat", kNow).set("jti", "onrtro:1");
        claims.set("iss", kIssuer).set("aud", "api").set("sub", "u1").set("typ", "Bearer");
        claims.set("azp", "web").set("client_id", "web").set("scope", "openid orders");
        claims.set("sid", session_.id.text()).set("xid", "tree");
        return claims;
    }
    std::string sign(const json::Value& claims, std::string_view typ = "JWT") const {
        return sign_with(keys_.front(), claims.to_text(), typ);
    }
    static std::string sign_with(const keys::SigningKey& key, std::string_view payload,
                                 std::string_view typ = "JWT") {
        return *jose::sign_compact(key.key, {key.signature, key.kid.text(), typ}, payload);
    }
    Result<VerifiedToken> verify(std::string_view text,
                                 TokenType declared = TokenType::kAccessToken,
                                 std::int64_t now = kNow) const {
        return tokens_.verify(snapshot_, text, declared, from_unix(now));
    }
    // The reason of a refusal; kInternal when it was accepted.
    ErrorCode refusal(std::string_view text, std::int64_t now = kNow) const {
        const auto token = verify(text, TokenType::kAccessToken, now);
        EXPECT_FALSE(token.has_value());
        if (token.has_value()) return ErrorCode::kInternal;
        hint_ = token.error().hint;
        return token.error().code;
    }

    Realm realm_;
    std::vector<keys::SigningKey> keys_{make_key("k1", "ES256")};
    realms::Snapshot snapshot_;
    SystemRandom random_;
    store_memory::MemoryStore store_;
    identity::Identities identities_{store_.users()};
    sessions::Revocations revocations_{store_};
    sessions::Sessions sessions_{store_, revocations_, random_};
    static crypto::SecretBox make_box() {
        std::vector<Secret> keys;
        keys.emplace_back("a key file of the tests with more than 32 bytes");
        return *crypto::SecretBox::from_key_files(keys);
    }
    crypto::SecretBox box_ = make_box();
    OwnTokens tokens_{identities_, sessions_, revocations_, nullptr, &store_, &box_};
    Session session_;
    mutable std::string hint_;
};

}  // namespace cambist::tokens
