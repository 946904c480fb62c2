// SPDX-License-Identifier: Apache-2.0
#include "sessions/expiry.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace cambist::sessions {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kDay = 86'400;

// 0 stands for "no end" in stored sessions.
std::int64_t or_never(std::int64_t end) { return end == 0 ? kNever : end; }

}  // namespace

std::int64_t session_end(const Realm& realm, std::int64_t started, bool offline) {
    const auto& times = realm.lifetimes;
    if (!offline) return started + times.sso_session_max.count();
    return times.offline_session_max_enabled ? started + times.offline_session_max.count() : 0;
}

void make_offline(const Realm& realm, Session& session) {
    session.offline = true;
    session.expires = session_end(realm, session.started, /*offline=*/true);
}

std::int64_t idle_end(const Realm& realm, const Session& session) {
    const auto& times = realm.lifetimes;
    const auto idle = session.offline ? times.offline_session_idle : times.sso_session_idle;
    return session.last_access + idle.count();
}

std::int64_t device_secret_end(const Realm& realm, const Session& session) {
    const auto& times = realm.lifetimes;
    const auto longest = session.offline ? times.offline_session_idle : times.sso_session_max;
    return std::min(or_never(session.expires), session.started + longest.count());
}

bool is_live(const Realm& realm, const Session& session, std::int64_t now) {
    // The realm's limit of today counts too: shortening it reaches the sessions that there are.
    const auto by_realm = or_never(session_end(realm, session.started, session.offline));
    return now < or_never(session.expires) && now < by_realm && now < idle_end(realm, session);
}

std::int64_t revocation_end(const Realm& realm, std::int64_t now) {
    Seconds longest = std::max(realm.lifetimes.access_token, realm.lifetimes.sso_session_max);
    longest = std::max(longest, realm.lifetimes.offline_session_idle);
    if (realm.lifetimes.offline_session_max_enabled)
        longest = std::max(longest, realm.lifetimes.offline_session_max);
    for (const auto& client : realm.clients) {
        longest = std::max(longest, client.access_token_lifespan.value_or(Seconds{0}));
        longest = std::max(longest, client.session_max.value_or(Seconds{0}));
    }
    for (const auto& rule : realm.rules) {
        longest = std::max(longest, rule.result.lifetime.value_or(Seconds{0}));
        longest = std::max(longest, rule.result.extend_to.value_or(Seconds{0}));
        longest = std::max(longest, rule.result.refresh_max_age.value_or(Seconds{0}));
    }
    // A realm may say "for ever"; then so it is for the revocation.
    constexpr auto kEnd = std::numeric_limits<std::int64_t>::max();
    if (longest.count() > kEnd - now - kDay) return kEnd;
    return now + longest.count() + kDay;
}

}  // namespace cambist::sessions
