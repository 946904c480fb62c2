// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "policy/terms.h"

namespace cambist::policy {

// What the issued token says of who acts in it (RFC 8693 section 4.1), as JSON texts, empty when
// nobody does: the newest outermost, each with `sub` and `iss`, never cut.
struct Chain {
    std::string written;  // claim act
    std::string actors;   // the same with those that the rule hides, marked so; for the record
};

// The chain of the subject token with who acts now, and with the requester when it is not to hold
// the token. Whoever acts twice in a row is written once. Fails with kChainTooDeep, or
// kSwitchChain when somebody who acts for another asks to become a third.
Result<Chain> chain_of(const Facts& facts, const Terms& terms);
// What of a family's chain its tokens show.
std::string shown(const std::string& actors);

// May these two meet at all, whatever the rules say: kActorIsSubject, kActorTokenChain,
// kMayActMismatch, kActorTokenMissing, kSwitchChain, kSubjectDisabled.
Status check_actor(const Facts& facts);

}  // namespace cambist::policy
