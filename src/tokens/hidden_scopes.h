// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "json/value.h"
#include "model/flow.h"

// Optional client scopes that were asked for and that the claim scope does not name
// (include.in.token.scope). Keycloak knows them by the scope of the refresh token.
namespace cambist::tokens {

// Of what the plan gives, those that its scopes do not name.
std::vector<std::string> hidden_scopes(const PlanFacts& plan);
// Names with the hidden ones left out, as a client is told them.
std::vector<std::string> shown_scopes(const Realm& realm, const ClientId& holder,
                                      std::vector<std::string> scopes);

// The claim by which introspection and userinfo know them again.
inline constexpr std::string_view kHiddenScopesClaim = "xscope";
std::vector<std::string> read_hidden_scopes(const json::Value& claims);

}  // namespace cambist::tokens
