// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/rule.h"

namespace cambist::policy {

enum class RiskKind : std::uint8_t {
    kNaked,  // no subject token at all
    kAdmins,
    kBreakGlass,
    kAnyBinding,       // whoever holds a token may exchange it
    kAnyRequester,     // every confidential client
    kAnyUser,          // every subject
    kBeyondSubject,    // more scope than the subject token has
    kExtendTo,         // a longer life than the subject token has
    kHideActor,        // the token does not show who acts
    kOffline,          // outlives the log-in
    kReasonMissing,    // one of these demands a risk statement, and there is none
    kExpiryMissing,    // the risk statement has no end
    kExpiryMalformed,  // the end of the risk statement can not be read
    kExpired,          // the risk statement has ended: the rule does not serve
    kExpiresSoon,      // within 30 days
};
std::string_view name_of(RiskKind kind);  // "beyondSubject"

// What an operator should know of a rule.
struct RiskNote {
    RuleId rule;
    RiskKind kind = RiskKind::kNaked;
    bool fault = false;  // must be mended, not only known
    std::string text;
};

// Every risk of one rule, in the order of RiskKind. A denial has none.
std::vector<RiskNote> risks(const Rule& rule, TimePoint now);

// Whether the rule's risk statement has ended, so that it does not serve. A denial never ends.
bool has_expired(const Rule& rule, TimePoint now);

}  // namespace cambist::policy
