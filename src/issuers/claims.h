// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "model/issuer.h"

namespace cambist::issuers {

// The claim of this name, or else what the path leads to: a dot goes into an object, "\." is a dot.
// Null: there is none.
const json::Value* find_claim(const json::Value& claims, std::string_view path);
// A claim as texts: a string, an integer in its decimal digits, true and false; of a list each of
// its elements. Empty for anything else, also for a list with an element of another kind.
std::vector<std::string> texts_of(const json::Value* claim);
// The one text of a claim; empty when it has none or several.
std::string text_of(const json::Value& claims, std::string_view path);
// ClaimTest; a claim that is missing passes no test.
bool passes(const ClaimTest& test, const json::Value& claims);
// "ref is 'refs/heads/x', must be 'refs/heads/main'": for those who may see it.
std::string explain(const ClaimTest& test, const json::Value& claims);
// A text with ${CLAIM.path} and ${alias} filled in; empty when a claim is missing. ${ALIAS} is the
// same in the words of Keycloak; in a realm file of ours it would be an environment variable. Of
// assertions of SAML also ${NAMEID} and ${ATTRIBUTE.name}, by name or friendly name. Each may end
// in " | lowercase", "uppercase" or "localpart".
std::string fill_in(std::string_view pattern, const json::Value& claims, std::string_view alias);

}  // namespace cambist::issuers
