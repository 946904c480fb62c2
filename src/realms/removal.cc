// SPDX-License-Identifier: Apache-2.0
#include "realms/removal.h"

#include <string>

#include "base/text.h"
#include "realms/relations.h"
#include "realms/users.h"

namespace cambist::realms {

Status remove_realm(store::Store& store, const identity::Identities& identities,
                    std::string_view name) {
    CAMBIST_TRY(const auto objects, store.realms().load(name));
    if (objects.empty())
        return fail(ErrorCode::kRealmUnknown, "the store has no realm " + printable(name));
    CAMBIST_CHECK(remove_relations(store, name));
    CAMBIST_TRY(const auto users, absent_users(store.users(), name, {}));
    for (const auto& user : users) {
        CAMBIST_CHECK(store.users().remove(name, user.id));
        identities.invalidate(RealmName(std::string(name)), user.id);
    }
    CAMBIST_TRY(const auto keys, store.keys().list(name));
    for (const auto& key : keys) CAMBIST_CHECK(store.keys().remove(name, key.kid));
    CAMBIST_TRY(const bool removed, store.realms().apply(name, {}, objects));
    static_cast<void>(removed);
    return {};
}

}  // namespace cambist::realms
