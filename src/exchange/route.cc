// SPDX-License-Identifier: Apache-2.0
#include "exchange/route.h"

#include <algorithm>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <utility>

#include "claims/claims.h"
#include "exchange/route_rules.h"
#include "policy/policy.h"

namespace cambist::exchange {
namespace {

// A token that may come to be: who holds it, and one audience of it (empty: nobody's).
struct Token {
    std::string holder;
    std::string audience;
    friend auto operator<=>(const Token&, const Token&) = default;
};
// Conditions count before steps.
struct Cost {
    std::size_t conditions = 0;
    std::size_t steps = 0;
    friend auto operator<=>(const Cost&, const Cost&) = default;
};
struct Found {
    Cost cost;
    std::optional<Token> before;  // nothing: a log-in, or without a token
    RouteStep step;
};

// Dijkstra's search from all log-ins at once.
class Search {
  public:
    Search(const Realm& realm, const RouteRules& rules, const std::string& holder,
           const std::string& audience)
        : realm_(realm), rules_(rules), holder_(holder), audience_(audience) {}

    std::vector<RouteStep> run() {
        for (const Client& client : realm_.clients) start(client);
        while (!open_.empty()) {
            const auto [cost, token] = open_.top();
            open_.pop();
            if (found_.at(token).cost != cost || !closed_.insert(token).second) continue;
            if (token.holder == holder_ && token.audience == audience_) return walk_back(token);
            follow(token);
        }
        return {};
    }

  private:
    struct Open {
        Cost cost;
        Token token;
        // The queue gives the greatest first.
        friend bool operator<(const Open& a, const Open& b) {
            return std::tie(b.cost, b.token) < std::tie(a.cost, a.token);
        }
    };

    void offer(const std::optional<Token>& before, RouteStep step) {
        Cost cost = before ? found_.at(*before).cost : Cost{};
        cost.conditions += step.conditions.size();
        cost.steps += 1;
        Token token{step.holder, step.audience};
        const auto known = found_.find(token);
        if (known != found_.end() && known->second.cost <= cost) return;
        found_.insert_or_assign(token, Found{cost, before, std::move(step)});
        open_.push({cost, std::move(token)});
    }
    void start(const Client& client) {
        for (RouteStep& step : rules_.log_ins(client)) offer(std::nullopt, std::move(step));
        for (RouteStep& step : rules_.without_token(client)) offer(std::nullopt, std::move(step));
    }
    // Its holder may exchange it, and whom it was sent to.
    void follow(const Token& token) {
        std::set<std::string> who{token.holder};
        if (const Client* sent = rules_.client_of(token.audience))
            who.insert(sent->client_id.text());
        for (const std::string& name : who) {
            const Client* client = realm_.find_client(name);
            if (client == nullptr) continue;
            const RouteRules::Held held{
                .by_holder = name == token.holder,
                .by_audience = name != token.holder || token.audience == token.holder};
            for (RouteStep& step : rules_.exchanges(*client, held)) offer(token, std::move(step));
        }
    }
    std::vector<RouteStep> walk_back(Token token) const {
        std::vector<RouteStep> steps;
        for (std::optional<Token> at = std::move(token); at;) {
            const Found& found = found_.at(*at);
            steps.push_back(found.step);
            at = found.before;
        }
        std::ranges::reverse(steps);
        return steps;
    }

    const Realm& realm_;
    const RouteRules& rules_;
    const std::string& holder_;
    const std::string& audience_;
    std::map<Token, Found> found_;
    std::set<Token> closed_;
    std::priority_queue<Open> open_;
};

}  // namespace

std::string_view name_of(Reachable answer) {
    switch (answer) {
        case Reachable::kNo:
            return "no";
        case Reachable::kPerhaps:
            return "perhaps";
        case Reachable::kYes:
            return "yes";
    }
    return "no";
}

Result<Route> find_route(std::shared_ptr<const Realm> realm, const std::vector<User>& users,
                         const std::string& from, const std::string& to, TimePoint now) {
    const RouteRules rules(realm, users, now);
    const Client* client = realm->find_client(from);
    if (client == nullptr)
        return fail(ErrorCode::kNotFound, "the realm has no client '" + from + "'");
    if (!rules.knows(to))
        return fail(ErrorCode::kNotFound,
                    "'" + to + "' is neither a client of the realm nor named by any rule");
    Route route;
    route.steps = Search(*realm, rules, from, to).run();
    if (route.steps.empty()) {
        route.why_not = rules.why_not(*client, to);
        return route;
    }
    const bool is_sure = std::ranges::all_of(
        route.steps, [](const RouteStep& step) { return step.conditions.empty(); });
    route.answer = is_sure ? Reachable::kYes : Reachable::kPerhaps;
    return route;
}

}  // namespace cambist::exchange
