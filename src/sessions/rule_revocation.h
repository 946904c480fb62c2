// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include "model/session.h"

// A rule is revoked as the mark (short_id.h) that all it led to has among its ancestors: a
// revocation of kind kToken whose id is "rule:" and the rule's. Ids of tokens have no colon.
namespace cambist::sessions {

// Of all that the rule led to, issued up to `before` (0: whenever); to be kept until `until`.
Revocation revocation_of_rule(std::string_view rule, std::int64_t before, std::int64_t until);
// The rule that is revoked; empty: it is something else.
std::string_view revoked_rule(const Revocation& revocation);
std::string_view revoked_rule(RevocationKind kind, std::string_view id);

}  // namespace cambist::sessions
