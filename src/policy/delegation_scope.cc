// SPDX-License-Identifier: Apache-2.0
#include "policy/delegation_scope.h"

#include <algorithm>

#include "base/text.h"
#include "policy/scopes.h"
#include "policy/trace.h"

namespace cambist::policy {
namespace {

constexpr std::string_view kOfUsers = "delegation:user:";
constexpr std::string_view kOfClients = "delegation:client:";

}  // namespace

MayAct actor_of_scope(std::string_view scope) {
    MayAct named;
    if (scope.starts_with(kOfUsers))
        named.user = to_lower_ascii(scope.substr(kOfUsers.size()));
    else if (scope.starts_with(kOfClients))
        named.client = scope.substr(kOfClients.size());
    return named;
}

bool is_delegable(const Facts& facts, const std::string& scope) {
    return actor_of_scope(scope).empty() || holds(facts.delegable, scope);
}

Status check_delegable(const Facts& facts, const std::vector<std::string>& scopes) {
    const auto refused = std::ranges::find_if(
        scopes, [&](const std::string& scope) { return !is_delegable(facts, scope); });
    if (refused == scopes.end()) return {};
    return fail(ErrorCode::kScopeNotAllowed,
                quoted(*refused) + " names nobody whom a rule of mode delegation lets act for " +
                    quoted(facts.subject->user->username) + ".");
}

Status settle_delegation(PlanFacts& plan) {
    MayAct named;
    for (const std::string& scope : plan.scopes) {
        MayAct one = actor_of_scope(scope);
        if (one.empty() || one == named) continue;
        if (!named.empty())
            return fail(ErrorCode::kScopeNotAllowed,
                        quoted(scope) + ": a token names one party that may act. Ask for one.");
        named = std::move(one);
    }
    if (named.empty()) return {};
    const bool is_fixed = !plan.may_act.client.empty() || !plan.may_act.user.empty();
    const bool is_other = plan.may_act.client != named.client || plan.may_act.user != named.user;
    if (is_fixed && is_other)
        return fail(ErrorCode::kScopeNotAllowed,
                    "By the rule another party may act (mayAct). Leave the scope out.");
    // Of those who stand in the rule's relation it is the one that is meant.
    named.relation = plan.may_act.relation;
    plan.may_act = std::move(named);
    return {};
}

}  // namespace cambist::policy
