// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/trace.h"

namespace cambist::policy {

// The scopes of the plan, shown or hidden, that its holder must ask the subject for and has no
// stored consent to. Nothing for a holder without consentRequired. Keycloak's rule: those client
// scopes count that are shown on the consent screen.
std::vector<std::string> missing_consents(const Facts& facts, const PlanFacts& plan);

// Refuses with `code` when one is missing; the error tells where the user can consent, if the
// client, else the realm, has the attribute cambist.consent.url ({client_id} and {scope} are filled
// in), else the client has an address of its own.
Status check_consent(const Facts& facts, const PlanFacts& plan, ErrorCode code, Trace& trace);

}  // namespace cambist::policy
