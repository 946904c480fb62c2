// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include "crypto/key.h"
#include "exchange/test_world.h"
#include "jose/jwk.h"

namespace cambist::issuers {

inline constexpr std::string_view kPartner = "https://idp.partner.example";
inline constexpr std::string_view kTypePrefix = "urn:ietf:params:oauth:token-type:";

// A shop that trusts a partner's tokens, and the partner.
class Foreign : public exchange::World {
  protected:
    Foreign() : Foreign(true) {}
    explicit Foreign(bool trusts) {
        if (trusts) trust("binding: service");
    }

    static std::string jwks(const crypto::PrivateKey& key, std::string_view kid) {
        json::Array keys;
        keys.push_back(jose::render_jwk({std::string(kid), "EC", "", "sig", key.public_key()}));
        return json::Value::object().set("keys", std::move(keys)).to_text();
    }
    std::string entry(const std::string& alias, std::string_view issuer, const std::string& more) {
        return "  - { alias: " + alias + ", issuer: " + std::string(issuer) + ", keys: { jwks: '" +
               jwks(key_, "p1") + "' }, scopes: [\"invoice:read\"], " + more + " }\n";
    }
    void trust(const std::string& more, const std::string& others = "",
               const std::string& rules = "", const std::string& clients = "") {
        auto realm = std::string(exchange::kShopRealm);
        realm.replace(realm.find("exchangeRules:\n"), 15,
                      "trustedIssuers:\n" + entry("partner", kPartner, more) + others +
                          "exchangeRules:\n" + rules + rule("partner-to-billing"));
        if (!clients.empty()) realm.insert(realm.find("clients:\n") + 9, clients);
        realm += more_;
        apply(realm);
    }
    static std::string rule(const std::string& id, const std::string& more = "") {
        return "  - id: " + id +
               "\n    owner: billing\n    requester: { clients: [orders] }\n    subject: { "
               "tokenTypes: [jwt, access_token, id_token], issuers: [partner], users: { any: true "
               "} "
               "}\n    target: { audiences: [billing] }\n    result: { mode: same-subject, "
               "tokenTypes: [access_token, refresh_token], scopes: { allow: [\"invoice:read\"] }, "
               "refresh: bounded, session: create, lifetime: 2m" +
               more + " }\n";
    }
    json::Value claims() const {
        auto claims = json::Value::object();
        claims.set("iss", kPartner).set("sub", "u-17").set("aud", "https://id.example/realms/shop");
        claims.set("exp", clock_.seconds + 60).set("iat", clock_.seconds).set("jti", "j-1");
        return claims;
    }
    std::string sign(const json::Value& claims, std::string_view kid = "p1",
                     std::string_view typ = "JWT") const {
        return *jose::sign_compact(key_, {crypto::SignatureAlgorithm::kEs256, kid, typ},
                                   claims.to_text());
    }
    static std::string body(const std::string& token, std::string_view type = "jwt",
                            const std::string& more = "&audience=billing") {
        return "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=orders&"
               "client_secret=orders-secret&subject_token=" +
               token + "&subject_token_type=" + std::string(kTypePrefix) + std::string(type) + more;
    }
    static std::string grant(const std::string& token, const std::string& more = "") {
        return "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&client_id=orders&"
               "client_secret=orders-secret&assertion=" +
               token + more;
    }
    ErrorCode refused_with(const std::string& member, json::Value value,
                           std::string_view type = "jwt") {
        auto all = claims();
        all.set(member, std::move(value));
        return refused(body(sign(all), type));
    }
    ErrorCode refused_without(const std::string& member) {
        auto all = claims();
        all.erase(member);
        return refused(body(sign(all)));
    }
    std::string hint(const std::string& request) {
        const auto outcome = serve(request);
        return outcome.response ? std::string() : outcome.response.error().hint;
    }
    std::size_t users() { return *store_.users().count("shop"); }

    std::string more_;  // members of the realm
    crypto::PrivateKey key_ = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
};

}  // namespace cambist::issuers
