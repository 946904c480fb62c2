// SPDX-License-Identifier: Apache-2.0
#include "tokens/hidden_scopes.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace cambist::tokens {
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_hidden(const Realm& realm, const Client& client, const std::string& name) {
    const auto* scope = realm.find_scope(name);
    return scope != nullptr && !scope->include_in_token_scope && !scope->is_parameterized() &&
           holds(client.optional_scopes, name);
}

}  // namespace

std::vector<std::string> hidden_scopes(const PlanFacts& plan) {
    const auto& client = plan.scoped != nullptr ? *plan.scoped : *plan.holder;
    std::vector<std::string> hidden;
    std::ranges::copy_if(
        plan.client_scopes, std::back_inserter(hidden), [&](const std::string& name) {
            return !holds(plan.scopes, name) && is_hidden(*plan.realm, client, name);
        });
    return hidden;
}

std::vector<std::string> shown_scopes(const Realm& realm, const ClientId& holder,
                                      std::vector<std::string> scopes) {
    const auto* client = realm.find_client(holder.text());
    if (client == nullptr) return scopes;
    std::erase_if(scopes, [&](const std::string& name) { return is_hidden(realm, *client, name); });
    return scopes;
}

std::vector<std::string> read_hidden_scopes(const json::Value& claims) {
    const auto* text = claims.find_string(kHiddenScopesClaim);
    if (text == nullptr) return {};
    return parse_scope(*text).value_or(std::vector<std::string>());
}

}  // namespace cambist::tokens
