// SPDX-License-Identifier: Apache-2.0
#include "policy/rule_index.h"

#include <algorithm>

#include "policy/permissions.h"
#include "policy/switches.h"
#include "policy/version.h"

namespace cambist::policy {
namespace {

void sort_unique(std::vector<std::string>& values) {
    std::ranges::sort(values);
    values.erase(std::ranges::unique(values).begin(), values.end());
}

bool names_no_target(const Rule& rule) {
    return !rule.target || (rule.target->audiences.empty() && rule.target->resources.empty());
}

}  // namespace

Mode mode_of_request(const Rule& rule) {
    const bool by_requester = rule.result.mode == Mode::kDelegation && rule.actor &&
                              rule.actor->kind == ActorSelector::Kind::kRequester;
    return by_requester ? Mode::kSameSubject : rule.result.mode;
}

void RuleLookup::Entry::add(const RuleMatcher& matcher, std::uint32_t number) {
    if (matcher.has_open_requester()) {
        open.push_back(number);
        return;
    }
    for (const std::string& client : matcher.rule().requester->clients) {
        RuleNumbers& numbers = named[client];
        if (numbers.empty() || numbers.back() != number) numbers.push_back(number);
    }
}

void RuleLookup::Entry::collect(std::string_view requester, RuleNumbers& into) const {
    if (const auto found = named.find(requester); found != named.end())
        into.insert(into.end(), found->second.begin(), found->second.end());
    into.insert(into.end(), open.begin(), open.end());
}

void RuleLookup::add(const RuleMatcher& matcher, std::uint32_t number, const Realm& realm) {
    const Rule& rule = matcher.rule();
    const bool is_denial = rule.effect == Effect::kDeny;
    const bool is_reachable = rule.target && (rule.target->reachable || rule.target->requester);
    // An absent target: every one in a denial, none in a permit.
    if (is_reachable || (is_denial && names_no_target(rule))) everything_.add(matcher, number);
    if (!rule.target) return;
    for (const std::string& name : rule.target->audiences) audiences_[name].add(matcher, number);
    for (const std::string& uri : rule.target->resources) {
        resources_[uri].add(matcher, number);
        // A denied resource can not be had under its client's name either.
        if (const Client* client = realm.find_client_by_resource(uri); is_denial && client)
            audiences_[client->client_id.text()].add(matcher, number);
    }
}

RuleNumbers RuleLookup::find(std::string_view requester, const Target& target) const {
    RuleNumbers numbers;
    if (target.is_resource) {
        if (const auto found = resources_.find(target.name); found != resources_.end())
            found->second.collect(requester, numbers);
    }
    const std::string_view audience =
        target.client ? std::string_view(target.client->client_id.text())
                      : (target.is_resource ? std::string_view() : std::string_view(target.name));
    if (const auto found = audiences_.find(audience);
        !audience.empty() && found != audiences_.end())
        found->second.collect(requester, numbers);
    everything_.collect(requester, numbers);
    std::ranges::sort(numbers);
    numbers.erase(std::ranges::unique(numbers).begin(), numbers.end());
    return numbers;
}

RuleNumbers RuleLookup::find_without_target(std::string_view requester) const {
    RuleNumbers numbers;
    everything_.collect(requester, numbers);
    std::ranges::sort(numbers);
    return numbers;
}

void RuleIndex::build(const Realm& realm) {
    rules = realm.rules;
    for (Rule& rule : compile_switches(realm)) rules.push_back(std::move(rule));
    has_permissions = realm.permissions != nullptr;
    for (Rule& rule : compile_permissions(realm)) rules.push_back(std::move(rule));
    matchers.reserve(rules.size());
    for (const Rule& rule : rules) {
        const auto number = static_cast<std::uint32_t>(matchers.size());
        const RuleMatcher& matcher = matchers.emplace_back(rule);
        const bool is_permit = rule.effect == Effect::kPermit;
        (is_permit ? permits : denials).add(matcher, number, realm);
        needs_relationship = needs_relationship || matcher.is_relational();
        if (!is_permit) continue;
        has_target_holders = has_target_holders || rule.result.holder == Holder::kTarget;
        by_id.try_emplace(rule.id.text(), number);
        if (rule.result.mode == Mode::kDelegation) delegations.push_back(number);
        if (matcher.has_open_requester()) {
            open_permits.push_back(number);
            continue;
        }
        const auto& methods = rule.requester->auth_methods;
        const bool for_public =
            rule.enabled && rule.result.mode == Mode::kSameSubject &&
            std::ranges::find(methods, ClientAuthMethod::kNone) != methods.end();
        for (const std::string& client : rule.requester->clients) {
            if (for_public) public_.try_emplace(client, true);
            permits_of[client].push_back(number);
            auto& entry = requesters[client].at(static_cast<std::size_t>(mode_of_request(rule)));
            if (!rule.enabled || !rule.target) continue;
            const TargetSelector& target = *rule.target;
            entry.has_switch = entry.has_switch || target.reachable;
            entry.audiences.insert(entry.audiences.end(), target.audiences.begin(),
                                   target.audiences.end());
            entry.resources.insert(entry.resources.end(), target.resources.begin(),
                                   target.resources.end());
        }
    }
    for (auto& [client, entries] : requesters) {
        for (RequesterEntry& entry : entries) {
            sort_unique(entry.audiences);
            sort_unique(entry.resources);
        }
    }
    version = version_of(rules);
}

const RuleMatcher* RuleIndex::find_rule(const RuleId& id) const {
    const auto found = by_id.find(id.text());
    return found == by_id.end() ? nullptr : &matchers[found->second];
}

const RequesterEntry* RuleIndex::find_requester(const ClientId& client, Mode mode) const {
    const auto found = requesters.find(client.text());
    return found == requesters.end() ? nullptr : &found->second.at(static_cast<std::size_t>(mode));
}

bool RuleIndex::selects(const Client& requester, const Identity* account) const {
    return requesters.contains(requester.client_id.text()) ||
           std::ranges::any_of(open_permits, [&](std::uint32_t number) {
               return matchers[number].selects_requester(requester, account);
           });
}

}  // namespace cambist::policy
