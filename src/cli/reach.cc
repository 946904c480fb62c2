// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/realm_files.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "exchange/route.h"
#include "json/value.h"

namespace cambist::cli {
namespace {

json::Value to_json(const exchange::Route& route, const ReachOptions& options) {
    const auto list = [](const std::vector<std::string>& texts) {
        json::Value out = json::Value::array();
        for (const auto& text : texts) out.push(text);
        return out;
    };
    json::Value steps = json::Value::array();
    for (const auto& step : route.steps) {
        json::Value one = json::Value::object();
        one.set("client", step.client).set("rule", step.rule).set("holder", step.holder);
        one.set("audience", step.audience).set("text", step.text);
        one.set("conditions", list(step.conditions));
        steps.push(std::move(one));
    }
    json::Value out = json::Value::object();
    out.set("from", options.from).set("to", options.to);
    out.set("reachable", exchange::name_of(route.answer));
    out.set("steps", std::move(steps)).set("why_not", list(route.why_not));
    return out;
}

void print(const exchange::Route& route, const ReachOptions& options) {
    switch (route.answer) {
        case exchange::Reachable::kNo:
            fmt::print("no: {} never holds a token for {}\n", options.from, options.to);
            for (const auto& reason : route.why_not) fmt::print("   {}\n", reason);
            return;
        case exchange::Reachable::kPerhaps:
            fmt::print("perhaps: {} holds a token for {} when all conditions below hold\n",
                       options.from, options.to);
            break;
        case exchange::Reachable::kYes:
            fmt::print("yes: {} can hold a token for {}\n", options.from, options.to);
            break;
    }
    std::size_t number = 0;
    for (const auto& step : route.steps) {
        fmt::print("{}. {}\n", ++number, step.text);
        for (const auto& condition : step.conditions) fmt::print("      {}\n", condition);
    }
}

}  // namespace

int reach(const ReachOptions& options) {
    auto file = app::read_realm({.file = options.realm, .user_files = {}}, app::Literals::kAllowed);
    if (!file) return complain(file.error());
    const auto route =
        exchange::find_route(std::make_shared<const Realm>(std::move(file->realm)), file->users,
                             options.from, options.to, SystemClock().now());
    if (!route) {
        complain(route.error());
        return kWrongUse;
    }
    if (options.json)
        fmt::print("{}\n", to_json(*route, options).to_pretty_text());
    else
        print(*route, options);
    return route->answer == exchange::Reachable::kNo ? kRefused : kDone;
}

}  // namespace cambist::cli
