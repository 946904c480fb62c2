// SPDX-License-Identifier: Apache-2.0
#include "policy/select.h"

#include <algorithm>

#include "policy/refusal.h"

namespace cambist::policy {
namespace {

// So many rules after the deciding one are listed; they change nothing.
constexpr std::size_t kMaxListed = 16;

std::string name_of(const Target* target) {
    return target == nullptr ? std::string("whatever is reachable") : target->name;
}

bool names_target(const Rule& rule, const Facts& facts, const Target* target) {
    if (target == nullptr || !rule.target) return false;
    const auto holds = [](const std::vector<std::string>& names, const std::string& name) {
        return std::ranges::find(names, name) != names.end();
    };
    if (target->is_resource && holds(rule.target->resources, target->name)) return true;
    if (rule.target->requester && target->client == facts.requester) return true;
    if (target->client != nullptr)
        return holds(rule.target->audiences, target->client->client_id.text());
    return !target->is_resource && holds(rule.target->audiences, target->name);
}

bool reaches(const Facts& facts, const Target* target) {
    if (target == nullptr) return true;
    if (target->is_resource && target->client == nullptr) return false;
    const std::string& name = target->client ? target->client->client_id.text() : target->name;
    const auto& reach = facts.reach.audiences;
    return std::ranges::find(reach, name) != reach.end();
}

void list(Trace& trace, const Candidate& candidate, const Target* target, const Rule* deciding) {
    const Rule& rule = candidate.rule->rule();
    std::string text;
    if (!candidate.obstacles.none()) {
        text = "does not serve: " + describe(candidate.obstacles);
    } else if (&rule == deciding) {
        text = "permits";
    } else {
        text = "would permit too, but " + deciding->id.text() + " comes first";
    }
    trace.reasons.push_back({.rule = rule.id,
                             .effect = Effect::kPermit,
                             .applies = &rule == deciding,
                             .target = name_of(target),
                             .text = std::move(text)});
}

const RuleMatcher* list_and_choose(const std::vector<Candidate>& candidates, const Target* target,
                                   Trace& trace) {
    const auto first = std::ranges::find_if(
        candidates, [](const Candidate& candidate) { return candidate.obstacles.none(); });
    const RuleMatcher* chosen = first == candidates.end() ? nullptr : first->rule;
    const Rule* deciding = chosen == nullptr ? nullptr : &chosen->rule();
    std::size_t later = 0;
    for (const Candidate& candidate : candidates) {
        if (candidate.rule != chosen && trace.reasons.size() >= kMaxListed && later++ >= kMaxListed)
            continue;
        list(trace, candidate, target, deciding);
    }
    return chosen;
}

Status check_reachable_denials(const RuleIndex& index, const Facts& facts, Trace& trace) {
    CAMBIST_CHECK(check_denials(index, facts, nullptr, trace));
    for (const std::string& name : facts.reach.audiences) {
        const Target target{.name = name, .client = facts.realm->find_client(name)};
        if (auto checked = check_denials(index, facts, &target, trace); !checked) {
            Error error = std::move(checked).error();
            error.hint += " Name the other targets as audience to go without it.";
            return std::unexpected(std::move(error));
        }
    }
    return {};
}

Result<Choice> select_one(const RuleIndex& index, const Facts& facts, const Target* target,
                          Trace& trace) {
    if (target == nullptr) {
        CAMBIST_CHECK(check_reachable_denials(index, facts, trace));
    } else {
        CAMBIST_CHECK(check_denials(index, facts, target, trace));
    }
    const auto candidates = find_candidates(index, facts, target, UseReach::kYes);
    if (const RuleMatcher* rule = list_and_choose(candidates, target, trace))
        return Choice{.target = target, .rule = rule};
    return std::unexpected(explain_refusal(index, facts, target, candidates));
}

}  // namespace

std::vector<Candidate> find_candidates(const RuleIndex& index, const Facts& facts,
                                       const Target* target, UseReach use_reach) {
    const std::string& requester = facts.requester->client_id.text();
    const RuleNumbers numbers = target == nullptr ? index.permits.find_without_target(requester)
                                                  : index.permits.find(requester, *target);
    std::vector<Candidate> candidates;
    candidates.reserve(numbers.size());
    for (const std::uint32_t number : numbers) {
        const RuleMatcher& matcher = index.matchers[number];
        Candidate candidate{.rule = &matcher, .obstacles = matcher.obstacles(facts)};
        const Rule& rule = matcher.rule();
        const bool is_own = rule.target && rule.target->requester;
        const bool by_reach = !names_target(rule, facts, target);
        // Another target than the requester, or none.
        if (is_own && by_reach) continue;
        candidate.obstacles.add_if(
            by_reach && use_reach == UseReach::kYes && !reaches(facts, target),
            Obstacle::kReachable);
        candidates.push_back(candidate);
    }
    return candidates;
}

Status check_denials(const RuleIndex& index, const Facts& facts, const Target* target,
                     Trace& trace) {
    const std::string& requester = facts.requester->client_id.text();
    const RuleNumbers numbers = target == nullptr ? index.denials.find_without_target(requester)
                                                  : index.denials.find(requester, *target);
    const Rule* denying = nullptr;
    for (const std::uint32_t number : numbers) {
        const RuleMatcher& matcher = index.matchers[number];
        const bool denies = matcher.denies(facts);
        if (denies && denying == nullptr) denying = &matcher.rule();
        trace.reasons.push_back({.rule = matcher.rule().id,
                                 .effect = Effect::kDeny,
                                 .applies = denies,
                                 .target = name_of(target),
                                 .text = denies ? "denies" : "does not cover this request"});
    }
    if (denying == nullptr) return {};
    return fail(ErrorCode::kRuleDenies,
                "Rule " + quoted(denying->id.text()) + " denies " + quoted(requester) +
                    " tokens for " + quoted(name_of(target)) +
                    " and a denial wins over every permit." + owner_of(*denying));
}

Result<std::vector<Choice>> select(const RuleIndex& index, const Facts& facts,
                                   const Targets& targets, Trace& trace) {
    std::vector<Choice> choices;
    if (targets.empty()) {
        CAMBIST_TRY(const Choice choice, select_one(index, facts, nullptr, trace));
        choices.push_back(choice);
        return choices;
    }
    std::optional<Error> refusal;
    std::vector<std::string> also_refused;
    for (const Target& target : targets) {
        auto choice = select_one(index, facts, &target, trace);
        if (choice) {
            choices.push_back(*choice);
        } else if (!refusal || (refusal->code != ErrorCode::kRuleDenies &&
                                choice.error().code == ErrorCode::kRuleDenies)) {
            refusal = std::move(choice).error();
        } else {
            also_refused.push_back(target.name);
        }
    }
    if (!refusal) return choices;
    if (!also_refused.empty()) refusal->hint += " Also refused: " + quoted(also_refused) + ".";
    return std::unexpected(std::move(*refusal));
}

}  // namespace cambist::policy
