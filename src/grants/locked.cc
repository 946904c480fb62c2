// SPDX-License-Identifier: Apache-2.0
#include "grants/locked.h"

#include "base/text.h"

namespace cambist::grants {

Status check_unlocked(const Sources& sources, const realms::Snapshot& realm,
                      const VerifiedToken& token, TimePoint now) {
    const auto& who = *token.subject();
    const auto unlocked = sources.logins.check_unlocked(*realm.realm, who, now);
    if (unlocked || unlocked.error().code != ErrorCode::kUserLocked) return unlocked;
    return fail(ErrorCode::kSubjectDisabled,
                "user '" + printable(who.user->username) + "' is locked after too many failures",
                unlocked.error().hint);
}

}  // namespace cambist::grants
