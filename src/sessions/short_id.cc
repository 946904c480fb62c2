// SPDX-License-Identifier: Apache-2.0
#include "sessions/short_id.h"

#include "base/base64url.h"
#include "crypto/digest.h"

namespace cambist::sessions {

std::string short_id(std::string_view id) {
    constexpr std::size_t kBytes = 12;
    return base64url_encode(std::string_view(crypto::sha256(id)).substr(0, kBytes));
}

std::string session_mark(std::string_view session) {
    return session.empty() ? std::string() : short_id("s:" + std::string(session));
}

std::string hidden_mark() { return short_id("hidden actor"); }

std::string actor_mark(std::string_view actor) {
    return actor.empty() ? std::string() : short_id("a:" + std::string(actor));
}

std::string rule_mark(std::string_view rule) {
    return rule.empty() ? std::string() : short_id("r:" + std::string(rule));
}

}  // namespace cambist::sessions
