// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/targets.h"
#include "policy/terms.h"

namespace cambist::policy {

bool holds(const std::vector<std::string>& names, std::string_view name);
// Whether the rule lists the scope, or the parameterized one that it is of.
bool lists_scope(const Rule& rule, const Realm& realm, const std::string& scope);
bool holds_type(const Rule& rule, TokenType type);  // in its result's token types
std::vector<std::string> common(const std::vector<std::string>& names,
                                const std::vector<std::string>& with);

// The scopes an exchange yields. A requested scope that can not be granted refuses the request
// with kScopeNotAllowed; the hint names each with its cause.
Result<std::vector<std::string>> grant_scopes(const Facts& facts, const Terms& terms);

// As Keycloak drops client scopes from a token that is restricted to an audience: one with role
// mappings stays only if the subject has one of those roles that are of the realm or of a target.
std::vector<std::string> scopes_that_serve(const std::vector<std::string>& scopes,
                                           const Facts& facts, const Targets& targets);

// The requester's client scopes as they are (other grants, Keycloak's switch): refuses unknown
// requested scopes, adds a requested openid.
Result<std::vector<std::string>> natural_scopes(const Facts& facts);

}  // namespace cambist::policy
