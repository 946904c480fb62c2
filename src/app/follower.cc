// SPDX-License-Identifier: Apache-2.0
#include "app/follower.h"

namespace cambist::app {

void Follower::follow() {
    const auto done = follow_all();
    if (done.has_value() != is_failing_) return;
    is_failing_ = !done;
    if (done)
        log_.info("refresh_works_again");
    else
        log_.error("refresh_failed", {{"error", done.error().describe()}});
}

// All are tried: a realm that can not be read must not hide a revocation.
Status Follower::follow_all() {
    Status revoked = revocations_.refresh();
    Status users = follow_users();
    Status realms = realms_.follow();
    if (!revoked) return revoked;
    return users ? realms : users;
}

Status Follower::follow_users() {
    CAMBIST_TRY(const auto changes, store_.users().changes_since(user_changes_));
    user_changes_ = changes.number;
    if (!changes.is_complete)
        for (const auto& snapshot : realms_.all())
            identities_.invalidate_realm(snapshot->realm->name);
    for (const auto& change : changes.users) {
        const RealmName realm(change.realm);
        if (change.user.empty())
            identities_.invalidate_realm(realm);
        else
            identities_.invalidate(realm, change.user);
    }
    return {};
}

}  // namespace cambist::app
