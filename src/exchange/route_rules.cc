// SPDX-License-Identifier: Apache-2.0
#include "exchange/route_rules.h"

#include <algorithm>
#include <utility>

#include "identity/resolve.h"
#include "model/issuer.h"
#include "policy/condition.h"
#include "policy/risk.h"
#include "policy/sentence.h"

namespace cambist::exchange {
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_anybody(const std::optional<UserSelector>& users) {
    return users && users->any && !users->except;
}

bool is_self(const std::string& issuer) { return issuer == TrustedIssuer::kOurselves; }

bool takes_ours(const SubjectSelector& subject) {
    return subject.issuers.empty() || std::ranges::any_of(subject.issuers, is_self);
}

// A public client gets tokens by rules that say so by name.
bool may_ask(const Client& client, const Rule& rule) {
    if (client.is_confidential()) return true;
    const auto& methods =
        rule.requester ? rule.requester->auth_methods : std::vector<ClientAuthMethod>();
    return client.is_public() &&
           std::ranges::find(methods, ClientAuthMethod::kNone) != methods.end();
}

bool hands_over(const Rule& rule) {
    return std::ranges::find(rule.result.token_types, TokenType::kHandOff) !=
           rule.result.token_types.end();
}

bool can_log_in(const Client& client) {
    return client.standard_flow || client.implicit_flow || client.direct_access_grants ||
           client.service_accounts;
}

// Whom a rule that keeps nobody in particular out is about.
bool is_total(const Rule& denial) {
    const bool is_for_all =
        !denial.subject ||
        (denial.subject->token_types.empty() && denial.subject->issuers.empty() &&
         !denial.subject->naked && (!denial.subject->users || is_anybody(denial.subject->users)));
    const bool is_for_methods = denial.requester && !denial.requester->auth_methods.empty();
    return is_for_all && !denial.actor && !is_for_methods;
}

bool covers(const Rule& rule, const std::string& audience, const Client* client) {
    if (!rule.target) return rule.effect == Effect::kDeny;
    const TargetSelector& target = *rule.target;
    if (target.audiences.empty() && target.resources.empty() && !target.reachable &&
        !target.requester)
        return rule.effect == Effect::kDeny;
    if (holds(target.audiences, audience) || holds(target.resources, audience)) return true;
    return client != nullptr && (holds(target.audiences, client->client_id.text()) ||
                                 holds(target.resources, client->resource_url));
}

}  // namespace

RouteRules::RouteRules(std::shared_ptr<const Realm> realm, const std::vector<User>& users,
                       TimePoint now)
    : realm_(std::move(realm)), now_(now), policy_(policy::Policy::compile(*realm_)) {
    std::vector<claims::Note> notes;
    claims_ = claims::RealmClaims::compile(realm_, notes);
    matchers_.reserve(policy_.rules().size());
    for (const Rule& rule : policy_.rules()) matchers_.emplace_back(rule);
    for (const User& user : users)
        if (!user.service_account_of.empty())
            accounts_.emplace(user.service_account_of.text(),
                              identity::resolve_identity(*realm_, user));
}

RouteRules::~RouteRules() = default;

const Client* RouteRules::client_of(const std::string& audience) const {
    const Client* client = realm_->find_client(audience);
    return client != nullptr ? client : realm_->find_client_by_resource(audience);
}

bool RouteRules::knows(const std::string& audience) const {
    return client_of(audience) != nullptr ||
           std::ranges::any_of(policy_.rules(), [&](const Rule& rule) {
               return rule.target && (holds(rule.target->audiences, audience) ||
                                      holds(rule.target->resources, audience));
           });
}

// For somebody without a role, and for somebody with every role there is.
const RouteRules::Yield& RouteRules::yield_of(const Client& client) const {
    const auto known = yields_.find(client.client_id.text());
    if (known != yields_.end()) return known->second;
    Identity nobody;
    nobody.user = std::make_shared<const User>();
    Identity everybody = nobody;
    for (const Role& role : realm_->roles) everybody.roles.push_back(role.ref);
    std::ranges::sort(everybody.roles);
    Yield yield;
    yield.always = claims_->reach(client, nobody, client.optional_scopes, true, nullptr).audiences;
    yield.by_role =
        claims_->reach(client, everybody, client.optional_scopes, true, nullptr).audiences;
    std::erase_if(yield.by_role,
                  [&](const std::string& name) { return holds(yield.always, name); });
    return yields_.emplace(client.client_id.text(), std::move(yield)).first->second;
}

const Identity* RouteRules::account_of(const Client& client) const {
    const auto account = accounts_.find(client.client_id.text());
    return account == accounts_.end() ? nullptr : &account->second;
}

Facts RouteRules::facts_for(const Client& client) const {
    Facts facts;
    facts.realm = realm_.get();
    facts.requester = &client;
    facts.requester_account = account_of(client);
    facts.now = now_;
    return facts;
}

std::vector<RouteStep> RouteRules::log_ins(const Client& client) const {
    std::vector<RouteStep> steps;
    if (!client.enabled || !client.unserved.empty() || !can_log_in(client)) return steps;
    const std::string& name = client.client_id.text();
    const auto add = [&](const std::string& audience, const std::string& condition) {
        RouteStep step;
        step.client = step.holder = name;
        step.audience = audience;
        step.text = name + " has a token of a log-in" +
                    (audience.empty() ? "" : ", which its client scopes send to " + audience);
        if (!condition.empty()) step.conditions.push_back(condition);
        steps.push_back(std::move(step));
    };
    add({}, {});
    for (const auto& audience : yield_of(client).always) add(audience, {});
    for (const auto& audience : yield_of(client).by_role)
        add(audience, "if the subject has a role of " + audience);
    return steps;
}

bool RouteRules::serves(const policy::RuleMatcher& matcher, const Client& client,
                        std::string& why) const {
    const Rule& rule = matcher.rule();
    if (rule.effect == Effect::kDeny) return false;
    if (!rule.enabled) why = "is disabled";
    if (policy::has_expired(rule, now_)) why = "has expired";
    if (!why.empty()) return false;
    const Facts facts = facts_for(client);
    if (!matcher.selects_requester(client, facts.requester_account)) {
        why = "serves " + (rule.requester ? policy::describe(*rule.requester) : "nobody");
        return false;
    }
    if (rule.condition && policy::holds(*rule.condition, facts) == policy::Answer::kNo) {
        why = "serves only if " + policy::describe(*rule.condition);
        return false;
    }
    return true;
}

std::vector<std::string> RouteRules::conditions_of(const policy::RuleMatcher& matcher,
                                                   const Client& client) const {
    const Rule& rule = matcher.rule();
    std::vector<std::string> conditions;
    const bool needs_method =
        client.is_confidential() && rule.requester && !rule.requester->auth_methods.empty();
    if (needs_method) {
        std::string names;
        for (const ClientAuthMethod method : rule.requester->auth_methods)
            names += (names.empty() ? "" : " or ") + std::string(name_of(method));
        conditions.push_back("if it authenticates by " + names);
    }
    const auto& users = rule.subject ? rule.subject->users : std::optional<UserSelector>();
    if (!is_anybody(users))
        conditions.push_back("for " + (users ? policy::describe(*users) : "nobody"));
    if (rule.result.mode == Mode::kDelegation) conditions.emplace_back("with an actor");
    if (rule.result.mode == Mode::kSwitchSubject)
        conditions.emplace_back(rule.subject && rule.subject->naked
                                    ? "as whom it names"
                                    : "as whom it names, by who may become him");
    if (rule.condition && policy::holds(*rule.condition, facts_for(client)) != policy::Answer::kYes)
        conditions.push_back("if " + policy::describe(*rule.condition));
    return conditions;
}

bool RouteRules::check_denials(const Client& client, RouteStep& step) const {
    const Client* target = client_of(step.audience);
    for (const auto& matcher : matchers_) {
        const Rule& rule = matcher.rule();
        if (rule.effect != Effect::kDeny || !rule.enabled) continue;
        if (!covers(rule, step.audience, target)) continue;
        if (!matcher.selects_requester(client, account_of(client))) continue;
        if (is_total(rule)) return false;
        step.conditions.push_back("unless rule " + rule.id.text() +
                                  " denies it: " + policy::sentence(rule));
    }
    return true;
}

void RouteRules::add_step(const Rule& rule, const Client& client, RouteStep step,
                          std::vector<RouteStep>& into) const {
    const Client* target = client_of(step.audience);
    if (target != nullptr && !target->enabled) return;
    if (rule.result.holder == Holder::kTarget) {
        // A public one redeems a code.
        if (target == nullptr || (!target->is_confidential() && !hands_over(rule))) return;
        step.holder = target->client_id.text();
    }
    if (!check_denials(client, step)) return;
    const bool is_naked = rule.subject && rule.subject->naked;
    step.text = step.client + (is_naked ? " asks without a token" : " exchanges it") + " by rule " +
                step.rule + (hands_over(rule) ? ", for a code" : "") + ": a token for " +
                step.audience + (step.holder == step.client ? "" : ", held by " + step.holder);
    into.push_back(std::move(step));
}

void RouteRules::add_steps(const policy::RuleMatcher& matcher, const Client& client,
                           std::vector<RouteStep>& into) const {
    const Rule& rule = matcher.rule();
    if (!rule.target) return;
    const std::string& name = client.client_id.text();
    RouteStep common;
    common.client = common.holder = name;
    common.rule = rule.id.text();
    common.conditions = conditions_of(matcher, client);
    const auto add = [&](const std::string& audience, const std::string& condition = {}) {
        RouteStep step = common;
        step.audience = audience;
        if (!condition.empty()) step.conditions.push_back(condition);
        add_step(rule, client, std::move(step), into);
    };
    for (const auto& audience : rule.target->audiences) add(audience);
    for (const auto& uri : rule.target->resources) add(uri);
    if (rule.target->requester) add(name);
    if (!rule.target->reachable) return;
    for (const auto& audience : yield_of(client).always) add(audience);
    for (const auto& audience : yield_of(client).by_role)
        add(audience, "if the subject has a role of " + audience);
}

std::vector<std::string> RouteRules::sources_of(const SubjectSelector& subject) const {
    if (subject.naked) return {""};
    std::vector<std::string> sources;
    if (subject.binding == Binding::kAny && takes_ours(subject))
        sources.emplace_back("if it gets hold of a token of whomever");
    if (subject.binding == Binding::kDeviceSecret)
        sources.emplace_back("with the secret of a device on which the user logged in elsewhere");
    for (const auto& alias : subject.issuers) {
        const auto* issuer = is_self(alias) ? nullptr : realm_->find_issuer(alias);
        if (issuer != nullptr && issuer->enabled)
            sources.push_back("with a token of the trusted issuer " + alias);
    }
    return sources;
}

std::vector<RouteStep> RouteRules::without_token(const Client& client) const {
    std::vector<RouteStep> steps;
    if (!client.enabled || !client.unserved.empty()) return steps;
    for (const auto& matcher : matchers_) {
        const auto& rule = matcher.rule();
        if (std::string why;
            !rule.subject || !may_ask(client, rule) || !serves(matcher, client, why))
            continue;
        for (const auto& source : sources_of(*rule.subject)) {
            const auto first = steps.size();
            add_steps(matcher, client, steps);
            if (source.empty()) continue;
            for (auto at = first; at < steps.size(); ++at)
                steps[at].conditions.insert(steps[at].conditions.begin(), source);
        }
    }
    return steps;
}

std::vector<RouteStep> RouteRules::exchanges(const Client& client, const Held& held) const {
    std::vector<RouteStep> steps;
    if (!client.enabled || !client.unserved.empty()) return steps;
    for (const auto& matcher : matchers_) {
        const auto& subject = matcher.rule().subject;
        // With a device secret: see without_token().
        if (!subject || subject->naked || subject->binding == Binding::kDeviceSecret) continue;
        if (!takes_ours(*subject) || !may_ask(client, matcher.rule())) continue;
        const bool fits = subject->binding == Binding::kAny ||
                          (subject->binding != Binding::kHolder && held.by_audience) ||
                          (subject->binding != Binding::kAudience && held.by_holder);
        if (std::string why; fits && serves(matcher, client, why))
            add_steps(matcher, client, steps);
    }
    return steps;
}

std::vector<std::string> RouteRules::why_not(const Client& client,
                                             const std::string& audience) const {
    std::vector<std::string> reasons;
    if (!client.enabled) reasons.emplace_back("the client is disabled");
    if (!client.unserved.empty())
        reasons.push_back("the client gets no tokens: " + client.unserved);
    if (!client.is_confidential())
        reasons.emplace_back(
            "the client is not confidential, so it exchanges only by rules that "
            "are for such clients (authMethods: [none])");
    const Client* target = client_of(audience);
    if (target != nullptr && !target->enabled) reasons.push_back(audience + " is disabled");
    for (const auto& matcher : matchers_) {
        const Rule& rule = matcher.rule();
        if (!covers(rule, audience, target)) continue;
        std::string why;
        if (rule.effect == Effect::kDeny)
            why = matcher.selects_requester(client, account_of(client)) ? "denies it" : "";
        else if (serves(matcher, client, why))
            why = "would serve, but no token that it takes comes to the client";
        if (!why.empty()) reasons.push_back("rule " + rule.id.text() + " " + why);
    }
    if (reasons.empty())
        reasons.push_back("no rule and no client scope gives tokens for " + audience);
    return reasons;
}

}  // namespace cambist::exchange
