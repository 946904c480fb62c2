// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/flow.h"

// Keycloak's parameterized scopes delegation:user:<name> and delegation:client:<id>: a token that
// is asked for with one names in may_act who may act for its subject (RFC 8693 section 4.4). They
// give nobody a right. A rule of mode delegation must select him as the subject's actor already,
// and the token can then be exchanged by nobody else.
namespace cambist::policy {

inline constexpr std::string_view kDelegationScopes = "delegation:";  // how they begin

// Whom the scope names; empty when it is another scope.
MayAct actor_of_scope(std::string_view scope);
// False for one of these scopes that names nobody, or somebody who may not act. Which of both is
// not told, so that nobody learns who exists.
bool is_delegable(const Facts& facts, const std::string& scope);
// kScopeNotAllowed.
Status check_delegable(const Facts& facts, const std::vector<std::string>& scopes);
// Writes into the plan whom its scopes name. kScopeNotAllowed when they name two, or another party
// than the rule does.
Status settle_delegation(PlanFacts& plan);

}  // namespace cambist::policy
