// SPDX-License-Identifier: Apache-2.0
#include "policy/limits.h"

#include <algorithm>

namespace cambist::policy {
namespace {

std::int64_t default_lifetime(const Facts& facts, const Client& holder) {
    return holder.access_token_lifespan.value_or(facts.realm->lifetimes.access_token).count();
}

std::int64_t within_session(std::int64_t end, const Session* session) {
    return session != nullptr && session->expires > 0 ? std::min(end, session->expires) : end;
}

std::int64_t within_family(std::int64_t end, const RefreshFamily* family) {
    return family != nullptr && family->not_after > 0 ? std::min(end, family->not_after) : end;
}

// A client's own time, else the realm's for clients, else that of the SSO session; 0 is unset.
std::int64_t client_session_time(const std::optional<Seconds>& own, Seconds of_clients,
                                 Seconds of_sso) {
    std::int64_t time = of_sso.count();
    if (of_clients.count() > 0) time = of_clients.count();
    if (own && own->count() > 0) time = own->count();
    return std::min(time, of_sso.count());
}

// 0 is no bound.
void narrow(std::int64_t& bound, std::int64_t to) { bound = bound == 0 ? to : std::min(bound, to); }

}  // namespace

std::int64_t exchange_end(const Facts& facts, const Client& holder,
                          const std::vector<const Rule*>& rules) {
    const std::int64_t now = to_unix(facts.now);
    const std::int64_t usual = now + default_lifetime(facts, holder);
    std::int64_t end = rules.empty() ? usual : INT64_MAX;
    for (const Rule* rule : rules) {
        const RuleResult& result = rule->result;
        const std::int64_t own = result.lifetime ? now + result.lifetime->count() : usual;
        end = std::min(end, own);
        if (result.extend_to) {
            end = std::min(end, now + result.extend_to->count());
        } else if (facts.subject_token != nullptr && facts.subject_token->expires_at > 0) {
            end = std::min(end, facts.subject_token->expires_at);
        }
    }
    return within_family(within_session(end, facts.session), facts.family);
}

std::int64_t natural_end(const Facts& facts) {
    const std::int64_t end = to_unix(facts.now) + default_lifetime(facts, *facts.requester);
    return within_family(within_session(end, facts.session), facts.family);
}

std::int64_t refresh_end(const Facts& facts, const Client& holder) {
    const Lifetimes& times = facts.realm->lifetimes;
    const std::int64_t now = to_unix(facts.now);
    const bool is_offline = facts.session != nullptr && facts.session->offline;
    const std::int64_t start = facts.session != nullptr  ? facts.session->started
                               : facts.family != nullptr ? facts.family->created
                                                         : now;
    std::int64_t end = now;
    if (is_offline) {
        end += times.offline_session_idle.count();
        if (times.offline_session_max_enabled)
            end = std::min(end, start + times.offline_session_max.count());
    } else {
        end += client_session_time(holder.session_idle, times.client_session_idle,
                                   times.sso_session_idle);
        end =
            std::min(end, start + client_session_time(holder.session_max, times.client_session_max,
                                                      times.sso_session_max));
    }
    return within_family(within_session(end, facts.session), facts.family);
}

FamilyBounds family_bounds(const Facts& facts, const std::vector<const Rule*>& rules) {
    FamilyBounds bounds;
    std::int64_t start = to_unix(facts.now);
    if (facts.family != nullptr) {
        bounds = {.not_after = facts.family->not_after, .max_uses = facts.family->max_uses};
        start = facts.family->created;
    }
    for (const Rule* rule : rules) {
        const RuleResult& result = rule->result;
        if (result.refresh_max_age)
            narrow(bounds.not_after, start + result.refresh_max_age->count());
        if (result.refresh_max_uses) narrow(bounds.max_uses, *result.refresh_max_uses);
    }
    return bounds;
}

void bound_family(PlanFacts& plan, const FamilyBounds& bounds) {
    plan.refresh_not_after = bounds.not_after;
    plan.refresh_max_uses = bounds.max_uses;
    if (bounds.not_after == 0) return;
    for (std::int64_t* end :
         {&plan.expires_at, &plan.id_token_expires_at, &plan.refresh_expires_at})
        *end = std::min(*end, bounds.not_after);
}

}  // namespace cambist::policy
