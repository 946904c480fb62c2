// SPDX-License-Identifier: Apache-2.0
#include "tokens/ancestors.h"

#include <algorithm>
#include <utility>

#include "sessions/short_id.h"

namespace cambist::tokens {

std::vector<std::string> ancestors(const Parties& parties, const PlanFacts& plan) {
    auto xp = parties.xp;
    const auto add = [&](std::string id) {
        if (!id.empty() && std::ranges::find(xp, id) == xp.end()) xp.push_back(std::move(id));
    };
    // What stands in no rule but in the protocol ends with the not-before of client or realm.
    for (const auto& rule : plan.rules)
        if (!rule.text().starts_with("builtin:")) add(sessions::rule_mark(rule.text()));
    for (const auto& id : plan.rests_on) add(sessions::short_id(id));
    if (plan.actors != plan.act) add(sessions::hidden_mark());
    if (parties.actor != nullptr) add(sessions::actor_mark(parties.actor->user->id.text()));
    return xp;
}

std::vector<std::string> with_family(std::vector<std::string> xp, const RefreshFamily* family) {
    if (family == nullptr) return xp;
    auto id = sessions::short_id(family->id);
    if (std::ranges::find(xp, id) == xp.end()) xp.push_back(std::move(id));
    return xp;
}

}  // namespace cambist::tokens
