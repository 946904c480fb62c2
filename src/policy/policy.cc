// SPDX-License-Identifier: Apache-2.0
#include "policy/policy.h"

#include <algorithm>
#include <utility>

#include "policy/exchange.h"
#include "policy/natural.h"
#include "policy/rule_index.h"
#include "policy/select.h"
#include "policy/sender.h"
#include "policy/subject_types.h"
#include "policy/targets.h"
#include "policy/terms.h"

namespace cambist::policy {
namespace {

Status check_requester(const Facts& facts) {
    const std::string name = quoted(facts.requester->client_id.text());
    if (!facts.requester->enabled)
        return fail(ErrorCode::kClientDisabled, "Client " + name + " is disabled.");
    if (facts.requester->kind == ClientKind::kBearerOnly)
        return fail(ErrorCode::kClientBearerOnly,
                    "Client " + name + " is bearer-only: it receives tokens and asks for none.");
    if (!facts.requester->unserved.empty())
        return fail(ErrorCode::kClientNotServed,
                    "Client " + name + ": " + facts.requester->unserved + ".");
    return check_demanded_keys(facts);
}

bool is_assertion(const Facts& facts) {
    return facts.grant == GrantType::kJwtBearer || facts.grant == GrantType::kSaml2Bearer;
}

bool goes_by_rules(const Facts& facts) {
    return facts.grant == GrantType::kTokenExchange ||
           (is_assertion(facts) && !is_assertion_client(facts));
}

// What a request hears before its token is proved, so that a decision that is only thought of says
// the same.
Status told_before(const RuleIndex& index, const SubjectTypes& types, const Facts& facts,
                   Trace& trace) {
    if (facts.grant != GrantType::kTokenExchange || facts.redeems || facts.requester->is_public() ||
        facts.subject_token == nullptr || facts.subject_token->type == TokenType::kAccessToken ||
        facts.subject_token->type == TokenType::kCustom ||
        !index.selects(*facts.requester, facts.requester_account))
        return {};
    CAMBIST_CHECK(check_requester(facts));
    auto told = types.check(*facts.requester, facts.subject_token->type);
    if (!told)
        trace.pass("client", "confidential client " + quoted(facts.requester->client_id.text()) +
                                 " has rules");
    return told;
}

Result<PlanFacts> plan(const RuleIndex& index, const Facts& facts, Trace& trace) {
    CAMBIST_CHECK(check_requester(facts));
    switch (facts.grant) {
        case GrantType::kTokenExchange:
            if (facts.redeems) return plan_redemption(index, facts, trace);
            return plan_exchange(index, facts, trace);
        case GrantType::kClientCredentials:
            return plan_client_credentials(facts, trace);
        case GrantType::kPassword:
            return plan_password(facts, trace);
        case GrantType::kRefreshToken:
            return plan_refresh(index, facts, trace);
        case GrantType::kJwtBearer:
        case GrantType::kSaml2Bearer:
            if (is_assertion_client(facts)) return plan_assertion(facts, trace);
            return plan_exchange(index, facts, trace);
    }
    return fail(ErrorCode::kGrantNotAllowed, "No rule is about this grant.");
}

Result<PlanFacts> decide_early_or_plan(const RuleIndex& index, const SubjectTypes& types,
                                       const Facts& facts, Trace& trace) {
    CAMBIST_CHECK(told_before(index, types, facts, trace));
    return plan(index, facts, trace);
}

}  // namespace

Policy::Policy() : Policy(compile(Realm{})) {}

Policy::Policy(std::shared_ptr<const RuleIndex> index)
    : index_(std::move(index)),
      subject_types_(std::make_shared<const SubjectTypes>(index_->rules)) {}

Policy Policy::compile(const Realm& realm) {
    auto index = std::make_shared<RuleIndex>();
    index->build(realm);
    return Policy(std::move(index));
}

Decision Policy::decide(const Facts& facts) const {
    Decision decision;
    Trace trace;
    if (auto planned = decide_early_or_plan(*index_, *subject_types_, facts, trace)) {
        decision.plan.emplace(IssuePlan::Proof{}, *std::move(planned));
    } else {
        trace.refuse(planned.error());
        decision.refusal = std::move(planned).error();
    }
    decision.reasons = std::move(trace.reasons);
    decision.steps = std::move(trace.steps);
    return decision;
}

bool Policy::may_exchange(const Client& requester, const Identity* account) const {
    return index_->selects(requester, account);
}

Status Policy::check_may_exchange(const Client& requester, const Identity* account) const {
    return check_selected(*index_, requester, account);
}

bool Policy::may_bring(const Facts& facts, std::string_view issuer, Brought as) const {
    if (as == Brought::kAssertion && is_assertion_client(*facts.requester, issuer)) return true;
    const auto lets = [&](std::uint32_t number) {
        return index_->matchers[number].lets_bring(facts, issuer, as);
    };
    const auto named = index_->permits_of.find(facts.requester->client_id.text());
    if (named != index_->permits_of.end() && std::ranges::any_of(named->second, lets)) return true;
    return std::ranges::any_of(index_->open_permits, lets);
}

Status Policy::check_subject_type(const Client& requester, TokenType declared) const {
    return subject_types_->check(requester, declared);
}

const Client* Policy::foresee_holder(const Facts& facts) const {
    if (!goes_by_rules(facts) || facts.redeems || !index_->has_target_holders)
        return facts.requester;
    const auto targets = resolve_targets(*index_, facts);
    if (!targets || targets->empty()) return facts.requester;
    const Target& target = targets->front();
    const auto candidates = find_candidates(*index_, facts, &target, UseReach::kNo);
    const auto first = std::ranges::find_if(
        candidates, [](const Candidate& candidate) { return candidate.obstacles.none(); });
    if (first == candidates.end() || target.client == nullptr) return facts.requester;
    const bool by_target = first->rule->rule().result.holder == Holder::kTarget;
    return by_target ? target.client : facts.requester;
}

bool Policy::lets_act(const Facts& facts) const {
    return std::ranges::any_of(index_->delegations, [&](std::uint32_t number) {
        return index_->matchers[number].lets_act(facts);
    });
}

bool Policy::serves_public(const ClientId& client) const { return index_->serves_public(client); }

bool Policy::needs_relationship() const { return index_->needs_relationship; }

std::optional<Policy::ScopesOf> Policy::foresee_scopes(const Facts& facts) const {
    if (!index_->has_permissions || facts.redeems) return std::nullopt;
    if (facts.grant == GrantType::kRefreshToken) {
        const RuleMatcher* matcher = index_->find_rule(facts.family->rule);
        const Client* scoped = matcher == nullptr ? nullptr : find_scoped(matcher->rule(), facts);
        if (scoped == nullptr) return std::nullopt;
        return ScopesOf{.client = scoped, .requested = facts.family->scopes};
    }
    if (!goes_by_rules(facts)) return std::nullopt;
    const auto targets = resolve_targets(*index_, facts);
    if (!targets || targets->empty()) return std::nullopt;
    const auto candidates = find_candidates(*index_, facts, &targets->front(), UseReach::kNo);
    const auto first = std::ranges::find_if(
        candidates, [](const Candidate& candidate) { return candidate.obstacles.none(); });
    const Client* scoped =
        first == candidates.end() ? nullptr : find_scoped(first->rule->rule(), facts);
    if (scoped == nullptr) return std::nullopt;
    // What is asked for comes to what the token has.
    std::vector<std::string> scopes = facts.wanted->scopes;
    if (facts.subject_token != nullptr)
        scopes.insert(scopes.end(), facts.subject_token->scopes.begin(),
                      facts.subject_token->scopes.end());
    return ScopesOf{.client = scoped, .requested = std::move(scopes)};
}

const std::vector<Rule>& Policy::rules() const { return index_->rules; }

const std::string& Policy::version() const { return index_->version; }

}  // namespace cambist::policy
