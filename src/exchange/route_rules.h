// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "claims/claims.h"
#include "exchange/route.h"
#include "policy/match.h"
#include "policy/policy.h"

namespace cambist::exchange {

// The steps that a realm allows, for find_route(). For one thread: it remembers what scopes yield.
class RouteRules {
  public:
    RouteRules(std::shared_ptr<const Realm> realm, const std::vector<User>& users, TimePoint now);
    ~RouteRules();

    // How a client has the token that it would exchange.
    struct Held {
        bool by_holder = false;
        bool by_audience = false;
    };
    std::vector<RouteStep> log_ins(const Client& client) const;
    // By rules that ask for no token, for whosever, or for one that comes from elsewhere.
    std::vector<RouteStep> without_token(const Client& client) const;
    std::vector<RouteStep> exchanges(const Client& client, const Held& held) const;

    // The client with this id or resource, or null.
    const Client* client_of(const std::string& audience) const;
    bool knows(const std::string& audience) const;
    std::vector<std::string> why_not(const Client& client, const std::string& audience) const;

  private:
    struct Yield {
        std::vector<std::string> always;
        std::vector<std::string> by_role;  // for subjects with a role of it
    };
    const Yield& yield_of(const Client& client) const;
    const Identity* account_of(const Client& client) const;  // null: none is known
    Facts facts_for(const Client& client) const;
    bool serves(const policy::RuleMatcher& matcher, const Client& client, std::string& why) const;
    // What a client may come by the subject token of a rule with, when none leads to it, as
    // conditions; empty text: the rule asks for none.
    std::vector<std::string> sources_of(const SubjectSelector& subject) const;
    std::vector<std::string> conditions_of(const policy::RuleMatcher& matcher,
                                           const Client& client) const;
    void add_steps(const policy::RuleMatcher& matcher, const Client& client,
                   std::vector<RouteStep>& into) const;
    void add_step(const Rule& rule, const Client& client, RouteStep step,
                  std::vector<RouteStep>& into) const;
    // False: nobody may have it. Else what some may not is a condition.
    bool check_denials(const Client& client, RouteStep& step) const;

    std::shared_ptr<const Realm> realm_;
    TimePoint now_;
    std::shared_ptr<const claims::RealmClaims> claims_;
    policy::Policy policy_;
    std::vector<policy::RuleMatcher> matchers_;
    std::map<std::string, Identity> accounts_;  // service accounts, by client
    mutable std::map<std::string, Yield> yields_;
};

}  // namespace cambist::exchange
