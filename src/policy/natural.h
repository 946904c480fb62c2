// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "policy/rule_index.h"
#include "policy/trace.h"

namespace cambist::policy {

// RFC 6749 sections 4.3 and 4.4: the client's own client scopes decide, under the built-in rules
// "builtin:client_credentials" and "builtin:password".
Result<PlanFacts> plan_client_credentials(const Facts& facts, Trace& trace);
Result<PlanFacts> plan_password(const Facts& facts, Trace& trace);

// RFC 7523 section 2.1 by Keycloak's switch of the client (oauth2.jwt.authorization.grant.enabled):
// its own client scopes decide, "builtin:urn:ietf:params:oauth:grant-type:jwt-bearer". No refresh
// token, no session, no longer than the assertion.
Result<PlanFacts> plan_assertion(const Facts& facts, Trace& trace);
// Whether that switch of the requester names the issuer of the assertion
// (oauth2.jwt.authorization.grant.idp).
bool is_assertion_client(const Facts& facts);
bool is_assertion_client(const Client& client, std::string_view issuer);

// RFC 6749 section 6, "builtin:refresh_token". What came from an exchange stays under its rule,
// which is checked again, and denials with it.
Result<PlanFacts> plan_refresh(const RuleIndex& index, const Facts& facts, Trace& trace);
// What a hand-off made ready, asked of its rule again by the client that redeems it: an access
// token, and by the rule a refresh token and an ID token. Facts::family is what was made ready.
Result<PlanFacts> plan_redemption(const RuleIndex& index, const Facts& facts, Trace& trace);

// The parts that the three share.
Status narrow_to_wanted_targets(PlanFacts& plan, const Facts& facts);
PlanFacts make_natural_plan(const Facts& facts, std::vector<std::string> scopes);
Status set_natural_times(PlanFacts& plan, const Facts& facts, ErrorCode if_over);

}  // namespace cambist::policy
