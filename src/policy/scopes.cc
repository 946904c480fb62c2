// SPDX-License-Identifier: Apache-2.0
#include "policy/scopes.h"

#include <algorithm>

#include "policy/delegation_scope.h"
#include "policy/offline.h"
#include "policy/organizations.h"
#include "policy/trace.h"

namespace cambist::policy {
namespace {

constexpr std::string_view kOpenid = "openid";
// Composite roles may form a cycle in a hand-written file.
constexpr int kMaxRoleDepth = 16;

bool rule_allows(const Rule& rule, const Facts& facts, const std::string& scope) {
    if (rule.result.client_scopes)
        return holds(facts.reach.scopes, scope) ||
               (scope == kOpenid && holds(facts.wanted->scopes, scope));
    return lists_scope(rule, *facts.realm, scope);
}

// By the rule's leave to issue ID tokens: the subject token's scopes are not asked then.
bool is_openid_by_type(const Rule& rule, std::string_view scope) {
    return scope == kOpenid && holds_type(rule, TokenType::kIdToken);
}

// Why this scope can not be had from this rule; empty: it can.
std::string obstacle(const Rule& rule, const Facts& facts, const std::string& scope) {
    const TokenFacts* token = facts.subject_token;
    const bool is_in_token = token != nullptr && covers_scope(*facts.realm, token->scopes, scope);
    // What a key is for is its owner's word: no rule goes beyond it.
    if (token != nullptr && token->type == TokenType::kApiKey && !is_in_token)
        return "is not in the API key";
    if (is_openid_by_type(rule, scope)) return {};
    // What an issuer's tokens may lead to is its entry's word: no rule goes beyond it.
    if (token != nullptr && token->foreign != nullptr && token->foreign->ceiling &&
        !holds(*token->foreign->ceiling, scope))
        return "is not among the scopes of issuer " + quoted(token->foreign->alias);
    if (is_of_organizations(*facts.realm, scope)) return organization_obstacle(rule, facts, scope);
    if (!is_delegable(facts, scope)) return "names nobody who may act for the subject";
    // By the rule's leave to issue offline tokens, in the same way.
    if (scope == kOfflineScope && rule.result.refresh == RefreshKind::kOffline) return {};
    // It takes something away: the token can be exchanged by one party only.
    if (!actor_of_scope(scope).empty() && rule_allows(rule, facts, scope)) return {};
    if (!rule_allows(rule, facts, scope)) {
        return rule.result.client_scopes ? "is no client scope of the requester"
                                         : "is not allowed by rule " + quoted(rule.id.text());
    }
    // Who becomes another has none of his scopes: the rule's are all there are.
    // So it is with an ID token, which has no scopes, where a device secret speaks for the user.
    const bool is_held =
        rule.result.mode == Mode::kSwitchSubject || is_in_token || facts.proves_device;
    if (!rule.result.client_scopes && !rule.result.beyond_subject && !is_held)
        return "is not in the subject token, and rule " + quoted(rule.id.text()) +
               " does not go beyond it";
    return {};
}

std::string obstacle(const Terms& terms, const Facts& facts, const std::string& scope) {
    for (const Rule* rule : terms.rules) {
        if (std::string text = obstacle(*rule, facts, scope); !text.empty()) return text;
    }
    return {};
}

// The subject token's stays, where every rule allows it and the subject is a member: other issuers'
// tokens were not asked that.
void keep_organization(const Facts& facts, const Terms& terms, std::vector<std::string>& scopes) {
    if (facts.subject_token == nullptr || facts.mode == Mode::kSwitchSubject) return;
    for (const std::string& scope : facts.subject_token->scopes)
        if (is_of_organizations(*facts.realm, scope) && obstacle(terms, facts, scope).empty() &&
            lost_organization(*facts.realm, {scope}, *facts.subject).empty())
            scopes.push_back(scope);
}

// What there is when nothing is asked for: all that every rule allows.
std::vector<std::string> allowed_scopes(const Facts& facts, const Terms& terms) {
    const auto strict = std::ranges::find_if(
        terms.rules, [](const Rule* rule) { return !rule->result.client_scopes; });
    std::vector<std::string> scopes =
        strict == terms.rules.end() ? facts.reach.scopes : (*strict)->result.scopes;
    // Of a parameterized scope the rule says the name, the subject token the value.
    if (strict != terms.rules.end() && facts.subject_token != nullptr)
        for (const std::string& scope : facts.subject_token->scopes)
            if (!holds(scopes, scope) && lists_scope(**strict, *facts.realm, scope))
                scopes.push_back(scope);
    std::erase_if(scopes, [&](const std::string& scope) {
        // openid brings an ID token along: only who asks for it gets it.
        // A hand-off is made for a client that logs a user in.
        const bool is_unasked_openid = scope == kOpenid && !terms.all_by_switch &&
                                       facts.wanted->token_type != TokenType::kHandOff;
        return scope == kOfflineScope || is_unasked_openid ||
               is_of_organizations(*facts.realm, scope) || !obstacle(terms, facts, scope).empty();
    });
    if (facts.wanted->organization.empty()) keep_organization(facts, terms, scopes);
    return scopes;
}

bool keeps_role(const Facts& facts, const Targets& targets, const RoleRef& role, int depth) {
    const bool of_target =
        role.client.empty() || std::ranges::any_of(targets, [&](const Target& target) {
            return target.client != nullptr && target.client->client_id.text() == role.client;
        });
    if (of_target && facts.subject->has_role(role)) return true;
    const Role* found = depth < kMaxRoleDepth ? facts.realm->find_role(role) : nullptr;
    return found != nullptr && std::ranges::any_of(found->composites, [&](const RoleRef& part) {
               return keeps_role(facts, targets, part, depth + 1);
           });
}

}  // namespace

bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool lists_scope(const Rule& rule, const Realm& realm, const std::string& scope) {
    // By its bare name it says of nothing what it is for.
    const ClientScope* exact = realm.find_scope(scope);
    if (exact != nullptr && exact->is_parameterized()) return false;
    if (holds(rule.result.scopes, scope)) return true;
    const ClientScope* asked = realm.find_asked_scope(scope);
    return asked != nullptr && asked->is_parameterized() && holds(rule.result.scopes, asked->name);
}

bool holds_type(const Rule& rule, TokenType type) {
    const auto& types = rule.result.token_types;
    return std::ranges::find(types, type) != types.end();
}

std::vector<std::string> common(const std::vector<std::string>& names,
                                const std::vector<std::string>& with) {
    std::vector<std::string> result;
    std::ranges::copy_if(names, std::back_inserter(result),
                         [&](const std::string& name) { return holds(with, name); });
    return result;
}

Result<std::vector<std::string>> natural_scopes(const Facts& facts) {
    CAMBIST_CHECK(check_yielded(facts));
    std::vector<std::string> unknown = facts.reach.unknown_scopes;
    std::erase(unknown, kOpenid);
    if (!unknown.empty())
        return fail(ErrorCode::kScopeNotAllowed,
                    quoted(unknown) + ": neither a default nor an optional client scope of " +
                        quoted(facts.requester->client_id.text()) +
                        ". Give the client the scope, or leave it out.");
    std::vector<std::string> scopes = facts.reach.scopes;
    if (holds(facts.wanted->scopes, kOpenid) && !holds(scopes, kOpenid))
        scopes.insert(scopes.begin(), std::string(kOpenid));
    CAMBIST_CHECK(check_delegable(facts, scopes));
    return scopes;
}

namespace {

// Keycloak's legacy exchange: the target's scopes, whatever else is asked for. Only a holder keeps
// the openid of its token.
std::vector<std::string> scopes_of_target(const Facts& facts) {
    std::vector<std::string> scopes = facts.reach.scopes;
    std::erase(scopes, kOpenid);  // the reach has that of the subject token, whoever holds it
    const TokenFacts* token = facts.subject_token;
    const bool keeps = facts.mode == Mode::kSameSubject && token != nullptr &&
                       token->holder == facts.requester->client_id && holds(token->scopes, kOpenid);
    if (keeps || holds(facts.wanted->scopes, kOpenid))
        scopes.insert(scopes.begin(), std::string(kOpenid));
    std::erase(scopes, kOfflineScope);
    return scopes;
}

}  // namespace

Result<std::vector<std::string>> grant_scopes(const Facts& facts, const Terms& terms) {
    if (terms.all_by_switch && terms.scoped == nullptr) return natural_scopes(facts);
    if (terms.scoped != nullptr) {
        CAMBIST_CHECK(check_yielded(facts));
        return scopes_of_target(facts);
    }
    CAMBIST_CHECK(check_one_organization(facts));
    std::vector<std::string> asked = facts.wanted->scopes;
    if (!facts.reach.organization_scope.empty()) asked.push_back(facts.reach.organization_scope);
    std::string refused;
    for (const std::string& scope : asked) {
        const std::string why = obstacle(terms, facts, scope);
        if (why.empty()) continue;
        if (!refused.empty()) refused += "; ";
        refused += quoted(scope) + " " + why;
    }
    if (!refused.empty())
        return fail(ErrorCode::kScopeNotAllowed,
                    refused + ". Available to " + quoted(facts.requester->client_id.text()) +
                        " here: " + quoted(allowed_scopes(facts, terms)) + "." +
                        (terms.rules.front()->owner.empty()
                             ? std::string()
                             : " The rule's owner is " + quoted(terms.rules.front()->owner) + "."));
    CAMBIST_CHECK(check_membership(facts, asked));
    if (facts.wanted->has_scope) return asked;
    std::vector<std::string> scopes = allowed_scopes(facts, terms);
    scopes.insert(scopes.end(), asked.begin(), asked.end());
    return scopes;
}

std::vector<std::string> scopes_that_serve(const std::vector<std::string>& scopes,
                                           const Facts& facts, const Targets& targets) {
    std::vector<std::string> kept;
    std::ranges::copy_if(scopes, std::back_inserter(kept), [&](const std::string& name) {
        const ClientScope* scope = scope_of(*facts.realm, name);
        return scope == nullptr || scope->scope_mappings.empty() ||
               std::ranges::any_of(scope->scope_mappings, [&](const RoleRef& role) {
                   return keeps_role(facts, targets, role, 0);
               });
    });
    return kept;
}

}  // namespace cambist::policy
