// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/flow.h"

namespace cambist::exchange {

// A request that is only thought of. The subject is named, or read from a token whose signature is
// NOT verified: the answer says what would be decided if the token is genuine.
struct Hypothesis {
    std::string requester;
    ClientAuthMethod method = ClientAuthMethod::kClientSecretBasic;
    std::string subject_token;                    // either this
    std::optional<TokenType> subject_token_type;  // as what it is sent; absent: what it looks like
    std::string subject;                          // or a user name (and then the two below)
    std::vector<std::string> subject_audience;
    std::string subject_client;
    std::vector<std::string> subject_scopes;
    Confirmation subject_keys;  // what its token is bound to
    Confirmation proven;        // the keys that the requester proves
    // Delegation: who acts, by his token (not verified either) or by his user name, whose token is
    // then one that was sent to the requester. A client acts as service-account-NAME.
    std::string actor_token;
    std::string actor;
    // A switch: whom to become, as the parameter is written. With neither subject_token nor subject
    // the requester asks without a token.
    std::string requested_subject;
    Wanted wanted;
    TimePoint at{};
};

struct Simulation {
    Decision decision;
    // The permitting plan, copied, so that it can be shown.
    std::optional<PlanFacts> plan;
    std::vector<std::string> sentences;  // of the rules that permit
    std::string subject;                 // user names of whom it is about and of who acts
    std::string actor;                   // empty: nobody, or the requester itself
};

// Decides as the server would, from a realm file alone. kNotFound names what the file lacks.
Result<Simulation> simulate(std::shared_ptr<const Realm> realm, const std::vector<User>& users,
                            const Hypothesis& hypothesis);

}  // namespace cambist::exchange
