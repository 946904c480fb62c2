// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "model/client.h"
#include "model/flow.h"
#include "realms/snapshot.h"

// Whom an ID token is for, and by whose registration it is made.
namespace cambist::tokens {

// One that an exchange was asked for is for the relying parties it named; any other is for the
// holder, and for whom audience mappers add.
std::vector<std::string> id_audience(const PlanFacts& plan, const claims::RealmClaims& claims);

// The client whose registration decides how the ID token names the subject, how it is signed and
// to whom it is encrypted: one of those that were asked for by audience, else the holder. Several
// must agree in all of it: kTargetsDisagree. kTargetNotReachable as of check_pairwise().
Result<const Client*> relying_party(const realms::Snapshot& realm, const PlanFacts& plan,
                                    const Parties& parties,
                                    const std::vector<std::string>& audience);

// A pairwise subject can be led back to the user by the session only. kTargetNotReachable.
Status check_pairwise(const realms::Snapshot& realm, const Parties& parties, const Client& client);

}  // namespace cambist::tokens
