// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace cambist::sessions {

// How a token names its ancestors (claim `xp`) and how a revocation names a token: 96 bits of the
// SHA-256 of the id as base64url, 16 characters.
std::string short_id(std::string_view id);
// The same for what else ends a token that does not name it: the log-in of somebody who acts in
// it, or that somebody himself.
std::string session_mark(std::string_view session);
std::string actor_mark(std::string_view actor);
// And the rule that led to it, which revocation_of_rule() ends.
std::string rule_mark(std::string_view rule);
// What a token carries in which somebody acts whom it does not name.
std::string hidden_mark();

}  // namespace cambist::sessions
