// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "identity/logins.h"

namespace cambist::identity {

namespace {

constexpr std::int64_t kUntilUnlocked = -1;

std::int64_t wait_seconds(const BruteForce& settings, const store::LoginFailures& failures,
                          bool is_quick) {
    const auto factor = std::max<std::int64_t>(1, settings.failure_factor);
    std::int64_t wait = settings.wait_increment_seconds * (failures.count / factor);
    if (wait == 0 && is_quick) wait = settings.minimum_quick_login_wait_seconds;
    return std::min(wait, settings.max_failure_wait_seconds);
}

}  // namespace

void count_failure(const BruteForce& settings, std::int64_t now_ms,
                   store::LoginFailures& failures) {
    const bool is_first = failures.last_ms == 0;
    const auto since_last = now_ms - failures.last_ms;
    if (!is_first && since_last > settings.max_delta_seconds * 1000) failures = {};
    failures.last_ms = now_ms;
    ++failures.count;
    if (settings.permanent && failures.count >= settings.failure_factor) {
        failures.locked_until = kUntilUnlocked;
        return;
    }
    // Two tries faster than a person types them look like a machine.
    const bool is_quick = !is_first && since_last < settings.quick_login_check_ms;
    const auto wait = wait_seconds(settings, failures, is_quick);
    if (wait > 0) failures.locked_until = std::max(failures.locked_until, now_ms / 1000 + wait);
}

bool is_locked(const store::LoginFailures& failures, TimePoint now) {
    return failures.locked_until == kUntilUnlocked || to_unix(now) < failures.locked_until;
}

}  // namespace cambist::identity
