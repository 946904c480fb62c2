// SPDX-License-Identifier: Apache-2.0
#include "policy/refresh_rules.h"

#include <algorithm>
#include <iterator>

#include "policy/refusal.h"
#include "policy/scopes.h"
#include "policy/terms.h"

namespace cambist::policy {
namespace {

Target find_target(const Facts& facts, const std::string& name) {
    if (const Client* client = facts.realm->find_client(name))
        return {.name = name, .is_resource = false, .client = client};
    const Client* client = facts.realm->find_client_by_resource(name);
    // A logical name is looked up as a resource too; rules tell which of both it was.
    return {.name = name, .is_resource = client != nullptr, .client = client};
}

}  // namespace

Result<Targets> enabled_targets(const Facts& facts) {
    Targets targets;
    for (const std::string& name : facts.family->audience) {
        Target target = find_target(facts, name);
        if (target.client == nullptr || target.client->enabled)
            targets.push_back(std::move(target));
    }
    if (targets.empty() && !facts.family->audience.empty())
        return fail(ErrorCode::kTargetDisabled,
                    quoted(facts.family->audience) + ": every target of the token is disabled.");
    return targets;
}

std::string_view audience_of(const Target& target) {
    return target.client == nullptr ? target.name : target.client->client_id.text();
}

Targets wanted_of(const Targets& targets, const Facts& facts) {
    const std::vector<std::string>& uris = facts.wanted->resources;
    if (uris.empty()) return targets;
    Targets wanted;
    std::ranges::copy_if(targets, std::back_inserter(wanted), [&](const Target& target) {
        return holds(uris, target.name) ||
               (target.client != nullptr && holds(uris, target.client->resource_url));
    });
    return wanted;
}

namespace {

bool covers(const Rule& rule, const Target& target, const Facts& facts) {
    if (!rule.target) return false;
    if (rule.target->reachable) return holds(facts.reach.audiences, audience_of(target));
    return holds(rule.target->audiences, audience_of(target)) ||
           holds(rule.target->resources, target.name);
}

// Where the target holds the token it refreshes itself, and the rule is still about the client that
// asked for it.
Facts as_asked(const Facts& facts) {
    Facts asked = facts;
    if (facts.asked_by == nullptr) return asked;
    asked.requester = facts.asked_by;
    asked.requester_account = facts.asked_account;
    return asked;
}

// A denial ends what it would have denied, to whoever asked for it and to whoever uses it now.
Status check_denials_as(const RuleIndex& index, const Facts& facts, const Target* target,
                        Trace& trace) {
    CAMBIST_CHECK(check_denials(index, facts, target, trace));
    if (target == nullptr || target->client != nullptr) return {};
    // A name that no client has was asked for as an audience or as a resource.
    Target other = *target;
    other.is_resource = !other.is_resource;
    return check_denials(index, facts, &other, trace);
}

// A denial ends what it would have denied, to whoever asked for it and to whoever uses it now.
Status check_denials_again(const RuleIndex& index, const Facts& facts, const Rule& granted_by,
                           const Target* target, Trace& trace) {
    Facts now = facts;
    now.naked = granted_by.subject && granted_by.subject->naked;
    CAMBIST_CHECK(check_denials_as(index, now, target, trace));
    return facts.asked_by == nullptr ? Status()
                                     : check_denials_as(index, as_asked(now), target, trace);
}

bool still_grants(const RuleMatcher& matcher, const Facts& facts) {
    const Rule& rule = matcher.rule();
    Obstacles found = matcher.obstacles_at_refresh(as_asked(facts));
    // How it authenticated is not known any more.
    if (facts.asked_by != nullptr) found.remove(Obstacle::kAuthMethod);
    const bool is_offline = facts.session != nullptr && facts.session->offline;
    return found.none() &&
           (facts.redeems || (is_offline ? rule.result.refresh == RefreshKind::kOffline
                                         : rule.result.refresh != RefreshKind::kNone));
}

Error rule_gone(const Facts& facts, std::string_view why) {
    return {.code = ErrorCode::kRefreshRuleGone,
            .safe = {},
            .hint = "Rule " + quoted(facts.family->rule.text()) + " " + std::string(why) + ".",
            .detail = {}};
}

Result<const RuleMatcher*> find_family_rule(const RuleIndex& index, const Facts& facts) {
    const RuleMatcher* matcher = index.find_rule(facts.family->rule);
    if (matcher == nullptr) return std::unexpected(rule_gone(facts, "is gone"));
    if (still_grants(*matcher, facts)) return matcher;
    const Obstacles found = matcher->obstacles_at_refresh(as_asked(facts));
    return std::unexpected(rule_gone(facts, found.none()
                                                ? "gives no refresh token any more"
                                                : "does not serve any more: " + describe(found)));
}

// Rules of one kind of request: another kind is never stepped in for.
bool is_alike(const Rule& a, const Rule& b) {
    const auto is_naked = [](const Rule& rule) { return rule.subject && rule.subject->naked; };
    return a.result.mode == b.result.mode && is_naked(a) == is_naked(b);
}

// A family names one rule; a target it does not cover was granted by another one, which is found.
const RuleMatcher* find_rule_for(const RuleIndex& index, const Facts& facts, const Target& target,
                                 const RuleMatcher& first) {
    if (covers(first.rule(), target, facts)) return &first;
    for (const std::uint32_t number :
         index.permits.find(as_asked(facts).requester->client_id.text(), target)) {
        const RuleMatcher& matcher = index.matchers[number];
        if (is_alike(matcher.rule(), first.rule()) && covers(matcher.rule(), target, facts) &&
            still_grants(matcher, facts))
            return &matcher;
    }
    return nullptr;
}

}  // namespace

Result<std::vector<Choice>> choose_again(const RuleIndex& index, const Facts& facts,
                                         const Targets& targets, Trace& trace) {
    CAMBIST_TRY(const RuleMatcher* const first, find_family_rule(index, facts));
    std::vector<Choice> choices;
    CAMBIST_CHECK(check_denials_again(index, facts, first->rule(), nullptr, trace));
    for (const Target& target : targets) {
        CAMBIST_CHECK(check_denials_again(index, facts, first->rule(), &target, trace));
        const RuleMatcher* rule = find_rule_for(index, facts, target, *first);
        if (rule == nullptr)
            return std::unexpected(rule_gone(facts, "does not cover " + quoted(target.name)));
        choices.push_back({.target = &target, .rule = rule});
    }
    // Keycloak's legacy exchange restricts no audience, but has one target.
    if (const Client* scoped = find_scoped(first->rule(), facts)) {
        if (!scoped->enabled)
            return fail(ErrorCode::kTargetDisabled,
                        quoted(scoped->client_id.text()) + ", its target, is disabled.");
        const Target target{.name = scoped->client_id.text(), .client = scoped};
        CAMBIST_CHECK(check_denials(index, facts, &target, trace));
    }
    if (targets.empty()) {
        for (const std::string& name : facts.reach.audiences) {
            const Target target = find_target(facts, name);
            CAMBIST_CHECK(check_denials_again(index, facts, first->rule(), &target, trace));
        }
        choices.push_back({.target = nullptr, .rule = first});
    }
    for (const Choice& choice : choices) {
        trace.reasons.push_back({.rule = choice.rule->rule().id,
                                 .effect = Effect::kPermit,
                                 .applies = true,
                                 .target = choice.target ? choice.target->name : std::string(),
                                 .text = "still permits"});
    }
    return choices;
}

}  // namespace cambist::policy
