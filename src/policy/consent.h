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

// What a plan that needs a consent rests on: the end of it is the end of what was issued. One that
// is given anew has another id.
std::string consent_id(const UserId& user, const UserConsent& consent);

// Refuses with `code` when one is missing, else rests the plan on those that are there. The error
// tells where the user can consent: the attribute cambist.consent.url of the client, else of the
// realm ({client_id} and {scope} are filled in), else the client's own address, else this server's
// account endpoint.
Status check_consent(const Facts& facts, PlanFacts& plan, ErrorCode code, Trace& trace);

}  // namespace cambist::policy
