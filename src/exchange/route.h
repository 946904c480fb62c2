// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/flow.h"

namespace cambist::exchange {

// One step on the way to a token: a log-in, or an exchange by a rule.
struct RouteStep {
    std::string client;  // who makes it
    std::string rule;    // empty: a log-in
    std::string holder;  // of the token that it gives
    std::string audience;
    std::string text;                     // "orders-api exchanges it by rule orders-to-billing"
    std::vector<std::string> conditions;  // what can not be told without a subject; in words
};

enum class Reachable : std::uint8_t { kNo, kPerhaps, kYes };
std::string_view name_of(Reachable answer);

// The way that needs least: fewest conditions, then fewest steps.
struct Route {
    Reachable answer = Reachable::kNo;
    std::vector<RouteStep> steps;
    std::vector<std::string> why_not;  // the rules for the target, and why they do not serve
};

// Could this client ever hold a token for this audience (a client, a logical name or a resource)?
// A search over the rules that the realm compiles to and over what client scopes yield, for all
// subjects at once: a selector of subjects or actors, a denial of some, a role that brings an
// audience become conditions. kNotFound: the realm has no such client, or nothing by that name.
Result<Route> find_route(std::shared_ptr<const Realm> realm, const std::vector<User>& users,
                         const std::string& from, const std::string& to, TimePoint now);

}  // namespace cambist::exchange
