// SPDX-License-Identifier: Apache-2.0
#include "policy/limits.h"

#include <algorithm>

namespace cambist::policy {
namespace {

std::int64_t default_lifetime(const Facts& facts, const Client& holder) {
    const Lifetimes& times = facts.realm->lifetimes;
    const auto own = holder.access_token_lifespan.value_or(times.access_token);
    return own.count() >= 0 ? own.count() : times.sso_session_max.count();
}

std::int64_t within_session(std::int64_t end, const Session* session) {
    return session != nullptr && session->expires > 0 ? std::min(end, session->expires) : end;
}

std::int64_t within_family(std::int64_t end, const RefreshFamily* family) {
    return family != nullptr && family->not_after > 0 ? std::min(end, family->not_after) : end;
}

// A client's own time, else the realm's for clients; 0 is unset.
std::int64_t client_time(const std::optional<Seconds>& own, Seconds of_clients) {
    return own && own->count() > 0 ? own->count() : of_clients.count();
}

// The least of both; 0 is unset.
std::int64_t least(std::int64_t time, std::int64_t of_session) {
    return time > 0 ? std::min(time, of_session) : of_session;
}

bool is_offline(const Session* session) { return session != nullptr && session->offline; }

// Keycloak's end of the client's part in the session, by the client's and the realm's maximal life
// of such parts.
std::int64_t client_end(const Facts& facts, const Client& holder, const Session* session) {
    const Lifetimes& times = facts.realm->lifetimes;
    const bool offline = is_offline(session);
    if (offline && !times.offline_session_max_enabled) return INT64_MAX;
    const std::int64_t max =
        offline ? client_time(holder.offline_session_max, times.client_offline_session_max)
                : client_time(holder.session_max, times.client_session_max);
    const std::int64_t start = facts.family != nullptr ? facts.family->created : to_unix(facts.now);
    return max > 0 ? start + max : INT64_MAX;
}

// 0 is no bound.
void narrow(std::int64_t& bound, std::int64_t to) { bound = bound == 0 ? to : std::min(bound, to); }

}  // namespace

ExchangeEnd exchange_end(const Facts& facts, const Client& holder,
                         const std::vector<const Rule*>& rules) {
    const std::int64_t now = to_unix(facts.now);
    const std::int64_t usual = now + default_lifetime(facts, holder);
    const TokenFacts* subject = facts.subject_token;
    ExchangeEnd end{.at = rules.empty() ? usual : INT64_MAX,
                    .of_chain = subject != nullptr ? subject->chain_end : 0};
    std::int64_t extended = 0;
    bool is_extended = !rules.empty();
    for (const Rule* rule : rules) {
        const RuleResult& result = rule->result;
        end.at = std::min(end.at, result.lifetime ? now + result.lifetime->count() : usual);
        if (result.extend_to) {
            narrow(extended, now + result.extend_to->count());
            end.at = std::min(end.at, extended);
        } else if (subject != nullptr && subject->expires_at > 0) {
            end.at = std::min(end.at, subject->expires_at);
            is_extended = false;
        }
    }
    // A refresh is no new extension: its family has its end.
    if (is_extended && extended > 0 && end.of_chain == 0 && facts.family == nullptr)
        end.of_chain = extended;
    if (const TokenFacts* actor = facts.actor_token; actor != nullptr) {
        end.at = std::min(end.at, actor->expires_at);
        if (actor->chain_end > 0) narrow(end.of_chain, actor->chain_end);
    }
    if (end.of_chain > 0) end.at = std::min(end.at, end.of_chain);
    end.at = std::min(end.at, client_end(facts, holder, facts.session));
    end.at = within_family(within_session(end.at, facts.session), facts.family);
    return end;
}

std::int64_t natural_end(const Facts& facts, const Session* session) {
    const std::int64_t end =
        std::min(to_unix(facts.now) + default_lifetime(facts, *facts.requester),
                 client_end(facts, *facts.requester, session));
    return within_family(within_session(end, session), facts.family);
}

std::int64_t refresh_end(const Facts& facts, const Client& holder, const Session* session) {
    const Lifetimes& times = facts.realm->lifetimes;
    const std::int64_t now = to_unix(facts.now);
    const std::int64_t start = session != nullptr        ? session->started
                               : facts.family != nullptr ? facts.family->created
                                                         : now;
    std::int64_t end = client_end(facts, holder, session);
    if (is_offline(session)) {
        end = std::min(end, now + least(client_time(holder.offline_session_idle,
                                                    times.client_offline_session_idle),
                                        times.offline_session_idle.count()));
        if (times.offline_session_max_enabled)
            end = std::min(end, start + times.offline_session_max.count());
    } else {
        end = std::min(end, now + least(client_time(holder.session_idle, times.client_session_idle),
                                        times.sso_session_idle.count()));
        end = std::min(end, start + times.sso_session_max.count());
    }
    return within_family(within_session(end, session), facts.family);
}

FamilyBounds family_bounds(const Facts& facts, const std::vector<const Rule*>& rules) {
    FamilyBounds bounds;
    std::int64_t start = to_unix(facts.now);
    for (const TokenFacts* token : {facts.subject_token, facts.actor_token})
        if (token != nullptr && token->chain_end > 0) narrow(bounds.not_after, token->chain_end);
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
    // What an exchange would make of a token of the family ends with the family too.
    narrow(plan.chain_end, bounds.not_after);
    for (std::int64_t* end :
         {&plan.expires_at, &plan.id_token_expires_at, &plan.refresh_expires_at})
        *end = std::min(*end, bounds.not_after);
}

}  // namespace cambist::policy
