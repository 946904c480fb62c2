// SPDX-License-Identifier: Apache-2.0
#include "policy/terms.h"

#include <algorithm>
#include <iterator>

#include "policy/refusal.h"
#include "policy/scopes.h"

namespace cambist::policy {
namespace {

int rank(ClaimsKind kind) {
    switch (kind) {
        case ClaimsKind::kMinimal:
            return 0;
        case ClaimsKind::kList:
            return 1;
        case ClaimsKind::kFull:
            return 2;
    }
    return 0;
}

void narrow_claims(Terms& terms, const RuleResult& result) {
    std::vector<std::string> names = result.claim_names;
    std::ranges::sort(names);
    if (rank(result.claims) < rank(terms.claims)) {
        terms.claims = result.claims;
        terms.claim_names =
            result.claims == ClaimsKind::kList ? std::move(names) : std::vector<std::string>();
    } else if (terms.claims == ClaimsKind::kList && result.claims == ClaimsKind::kList) {
        std::vector<std::string> common;
        std::ranges::set_intersection(terms.claim_names, names, std::back_inserter(common));
        terms.claim_names = std::move(common);
    }
}

Result<const Client*> find_holder(const Choice& choice, const Facts& facts) {
    const Rule& rule = choice.rule->rule();
    if (rule.result.holder == Holder::kRequester) return facts.requester;
    const std::string who =
        "By rule " + quoted(rule.id.text()) + " the target holds the token, but ";
    if (choice.target == nullptr || choice.target->client == nullptr)
        return fail(ErrorCode::kNoRule,
                    who + "the target is no client of this realm." + owner_of(rule));
    const Client& target = *choice.target->client;
    // A public client gets tokens of its own by a hand-off only.
    const bool hands_off =
        holds_type(rule, TokenType::kHandOff) &&
        (facts.wanted->token_type == TokenType::kHandOff || facts.family != nullptr);
    if (!target.is_confidential() && !hands_off)
        return fail(ErrorCode::kNoRule, who + quoted(target.client_id.text()) +
                                            " is no confidential client. Use a hand-off, or set "
                                            "holder to requester." +
                                            owner_of(rule));
    return &target;
}

void take_actor_terms(Terms& terms, const Rule& rule) {
    const bool is_first = terms.rules.empty();
    const RuleResult& result = rule.result;
    terms.hides_actor = terms.hides_actor && result.hide_actor;
    terms.requester_acts =
        terms.requester_acts || (rule.actor && rule.actor->kind == ActorSelector::Kind::kRequester);
    if (is_first) terms.may_act = result.may_act;
    if (result.per_day) terms.daily_limits.push_back({.rule = rule.id, .limit = *result.per_day});
    terms.break_glass = terms.break_glass || rule.break_glass;
}

Error disagree(const Rule& a, const Rule& b, std::string_view about) {
    return {.code = ErrorCode::kTargetsDisagree,
            .safe = {},
            .hint = "Rules " + quoted(a.id.text()) + " and " + quoted(b.id.text()) +
                    " differ in the " + std::string(about) +
                    ". Ask for their targets in separate requests.",
            .detail = {}};
}

}  // namespace

bool Terms::allows_type(TokenType type) const {
    return std::ranges::all_of(rules, [&](const Rule* rule) { return holds_type(*rule, type); });
}

const Client* find_scoped(const Rule& rule, const Facts& facts) {
    if (!rule.result.target_scopes || !rule.target) return nullptr;
    if (rule.target->requester) return facts.requester;
    const auto& names = rule.target->audiences;
    return names.empty() ? nullptr : facts.realm->find_client(names.front());
}

Result<Terms> combine(const std::vector<Choice>& choices, const Facts& facts) {
    Terms terms;
    terms.all_by_switch = true;
    terms.may_refresh = terms.may_offline = terms.may_create_session = true;
    for (const Choice& choice : choices) {
        const Rule& rule = choice.rule->rule();
        CAMBIST_TRY(const Client* const holder, find_holder(choice, facts));
        if (terms.holder != nullptr && terms.holder != holder)
            return std::unexpected(disagree(*terms.rules.front(), rule, "holder"));
        if (!terms.rules.empty() && terms.rules.front()->result.mode != rule.result.mode)
            return std::unexpected(disagree(*terms.rules.front(), rule, "mode"));
        const Client* const scoped = find_scoped(rule, facts);
        if (!terms.rules.empty() && terms.scoped != scoped)
            return std::unexpected(disagree(*terms.rules.front(), rule, "client scopes"));
        terms.scoped = scoped;
        // Whoever asks for more must not lose who alone may act.
        if (!terms.rules.empty() && terms.may_act != rule.result.may_act)
            return std::unexpected(disagree(*terms.rules.front(), rule, "mayAct"));
        terms.holder = holder;
        terms.all_by_switch = terms.all_by_switch && rule.result.client_scopes;
        terms.may_refresh = terms.may_refresh && rule.result.refresh != RefreshKind::kNone;
        terms.may_offline = terms.may_offline && rule.result.refresh == RefreshKind::kOffline;
        terms.may_create_session =
            terms.may_create_session && rule.result.session == SessionMode::kCreate;
        terms.consumes_subject = terms.consumes_subject || (rule.subject && rule.subject->consume);
        narrow_claims(terms, rule.result);
        if (std::ranges::find(terms.rules, &rule) != terms.rules.end()) continue;
        take_actor_terms(terms, rule);
        terms.rules.push_back(&rule);
    }
    return terms;
}

}  // namespace cambist::policy
