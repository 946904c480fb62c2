// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "exchange/test_world.h"

// The shop, where clients and people act for others, become them, and hand a log-in over.
namespace cambist::exchange {

inline constexpr std::string_view kActingClients = R"(  - clientId: spa
    publicClient: true
    redirectUris: ["https://spa.example/*"]
    webOrigins: ["https://spa.example"]
    defaultClientScopes: [basic, profile]
  - clientId: twin
    secret: twin-secret
    serviceAccountsEnabled: true
)";
inline constexpr std::string_view kActingRules = R"(
  - id: agent
    owner: payroll
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { any: true } }
    actor: { clients: [orders] }
    target: { audiences: [payroll] }
    result: { mode: delegation, tokenTypes: [access_token, refresh_token], refresh: bounded, lifetime: 2m, mayAct: { client: twin } }
  - id: desk
    owner: reports
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { grantedBy: subject } }
    actor: { users: { groups: [/staff] } }
    target: { audiences: [reports] }
    result: { mode: switch-subject, tokenTypes: [access_token], lifetime: 2m, mayAct: { user: bob } }
  - id: night
    owner: payroll
    effect: permit
    requester: { clients: [twin] }
    subject: { naked: true, users: { any: true } }
    target: { audiences: [payroll] }
    result: { mode: switch-subject, tokenTypes: [access_token], lifetime: 2m, perDay: 2 }
    risk: { reason: test, expires: 2099-01-01 }
  - id: hand
    owner: spa
    effect: permit
    requester: { clients: [orders] }
    subject: { tokenTypes: [access_token], issuers: [self], binding: audience, users: { any: true } }
    target: { audiences: [spa] }
    result:
      mode: same-subject
      tokenTypes: [handoff, id_token]
      scopes: { allow: [openid] }
      holder: target
      session: create
      refresh: bounded
      statements: { acr: ["2"], amr: [otp, pwd] }
)";

class ActingTest : public World {
  protected:
    ActingTest() { apply(realm()); }

    static std::string realm() {
        auto text = std::string(kShopRealm).append(kActingRules);
        return text.insert(text.find("groups:\n"), kActingClients);
    }
    std::string token_of(const std::string& client) {
        return granted("grant_type=client_credentials&client_id=" + client +
                       "&client_secret=" + client + "-secret")
            .access_token;
    }
    static std::string with_actor(const std::string& token) {
        return "&actor_token=" + token +
               "&actor_token_type=urn:ietf:params:oauth:token-type:access_token";
    }
    UserId id_of(const std::string& username) {
        return store_.users().find_by_username("shop", username).value()->id;
    }
    // Bob lets alice act for him.
    void let_alice() {
        Relation grant;
        grant.id = "grant-1";
        grant.kind = kGrantKind;
        grant.actor = {EndKind::kUser, id_of("alice").text()};
        grant.subject = {EndKind::kUser, id_of("bob").text()};
        ASSERT_TRUE(store_.commit({"shop", {store::AddRelation{grant}}}));
    }
};

}  // namespace cambist::exchange
