// SPDX-License-Identifier: Apache-2.0
#include "policy/switches.h"

namespace cambist::policy {
namespace {

// Keycloak's semantics of standard token exchange (V2): everything by the requester's own client
// scopes, whatever the subject token's scopes were, for tokens that it was sent or that it holds.
Rule compile_switch(const Client& client) {
    const std::string& name = client.client_id.text();
    Rule rule;
    rule.id = RuleId("client:" + name + ":standard-token-exchange");
    rule.owner = name;
    rule.requester.emplace().clients = {name};
    SubjectSelector& subject = rule.subject.emplace();
    subject.token_types = {TokenType::kAccessToken};
    subject.issuers = {"self"};
    subject.binding = Binding::kAudienceOrHolder;
    subject.users.emplace().any = true;
    rule.target.emplace().reachable = true;
    rule.result.token_types = {TokenType::kAccessToken, TokenType::kIdToken};
    rule.result.client_scopes = true;
    rule.result.claims = ClaimsKind::kFull;
    if (client.exchange_refresh == ExchangeRefresh::kSameSession && client.use_refresh_tokens) {
        rule.result.token_types.push_back(TokenType::kRefreshToken);
        rule.result.refresh = RefreshKind::kBounded;
        rule.result.session = SessionMode::kJoin;
    }
    rule.source = "client " + name + ", standard.token.exchange.enabled";
    return rule;
}

}  // namespace

std::vector<Rule> compile_switches(const Realm& realm) {
    std::vector<Rule> rules;
    for (const Client& client : realm.clients) {
        if (client.standard_token_exchange && client.is_confidential())
            rules.push_back(compile_switch(client));
    }
    return rules;
}

}  // namespace cambist::policy
