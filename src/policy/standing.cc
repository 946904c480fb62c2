// SPDX-License-Identifier: Apache-2.0
#include "policy/standing.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "policy/scopes.h"
#include "policy/trace.h"

namespace cambist::policy {
namespace {

// Of each list, one that holds is enough.
using Kinds = std::set<std::vector<std::string>>;

void collect_kinds(const std::optional<UserSelector>& users, Kinds& kinds) {
    if (!users) return;
    if (!users->relations.empty()) kinds.insert(users->relations);
    if (!users->granted_by.empty()) kinds.insert({std::string(kGrantKind)});
}

Kinds kinds_of(const std::vector<const Rule*>& rules) {
    Kinds kinds;
    for (const Rule* rule : rules) {
        if (rule->subject) collect_kinds(rule->subject->users, kinds);
        if (rule->actor) collect_kinds(rule->actor->users, kinds);
    }
    return kinds;
}

bool reaches(const Standing& standing, const Targets& targets) {
    if (standing.audiences.empty()) return true;
    return !targets.empty() && std::ranges::all_of(targets, [&](const Target& target) {
        return holds(standing.audiences, target.name) ||
               (target.client != nullptr &&
                holds(standing.audiences, target.client->client_id.text()));
    });
}

void narrow(std::int64_t& end, std::int64_t to) { end = end == 0 ? to : std::min(end, to); }

}  // namespace

Result<Standings> standings_of(const Facts& facts, const std::vector<const Rule*>& rules,
                               const Targets& targets) {
    Standings found;
    if (facts.relationship == nullptr) return found;
    for (const std::vector<std::string>& kind : kinds_of(rules)) {
        const auto& all = facts.relationship->standings;
        const auto one = std::ranges::find_if(all, [&](const Standing& standing) {
            return holds(kind, standing.kind) && reaches(standing, targets);
        });
        if (one == all.end())
            return fail(ErrorCode::kActorNotSelected,
                        "The " + join(kind, " or ") + " of " +
                            quoted(facts.subject->user->username) +
                            " does not reach all targets. Ask for fewer, or let it be widened.");
        found.push_back(&*one);
    }
    return found;
}

Status narrow_by(PlanFacts& plan, const Facts& facts, const Standings& standings) {
    for (const Standing* standing : standings) {
        plan.rests_on.push_back(standing->id);
        if (standing->scopes.empty()) continue;
        std::vector<std::string> beyond = plan.scopes;
        std::erase_if(beyond, [&](const std::string& scope) {
            return scope == "openid" || covers_scope(*facts.realm, standing->scopes, scope);
        });
        if (beyond.empty()) continue;
        if (facts.wanted->has_scope || !facts.wanted->organization.empty())
            return fail(ErrorCode::kScopeNotAllowed,
                        quoted(beyond) + ": the " + standing->kind + " of " +
                            quoted(facts.subject->user->username) + " allows " +
                            quoted(standing->scopes) + ".");
        std::erase_if(plan.scopes, [&](const std::string& scope) { return holds(beyond, scope); });
        std::erase_if(plan.client_scopes,
                      [&](const std::string& scope) { return holds(beyond, scope); });
    }
    return {};
}

void end_with(PlanFacts& plan, const Standings& standings) {
    for (const Standing* standing : standings) {
        if (standing->expires == 0) continue;
        for (std::int64_t* end :
             {&plan.expires_at, &plan.id_token_expires_at, &plan.refresh_expires_at})
            *end = std::min(*end, standing->expires);
        if (plan.refresh != IssueRefresh::kNone) narrow(plan.refresh_not_after, standing->expires);
        narrow(plan.chain_end, standing->expires);
    }
}

}  // namespace cambist::policy
