// SPDX-License-Identifier: Apache-2.0
#include "identity/identities.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "identity/resolve.h"

namespace cambist::identity {

namespace {

std::shared_ptr<const Identity> resolve(const Realm& realm, User user) {
    return std::make_shared<const Identity>(resolve_identity(realm, std::move(user)));
}

}  // namespace

Identities::Identities(store::UserStore& users, const IdentitySettings& settings)
    : users_(users), by_id_(settings.cached_users), by_client_(settings.cached_users) {}

Identities::Found Identities::find(const Realm& realm, std::int64_t realm_version,
                                   const UserId& id) const {
    const ShardedCache<Identity>::Key key{realm.name.text(), id.text()};
    if (auto hit = by_id_.find(key, realm_version)) return hit;
    const auto ticket = by_id_.ticket(key);
    CAMBIST_TRY(auto user, users_.find(realm.name.text(), id));
    if (!user) return nullptr;
    auto identity = resolve(realm, *std::move(user));
    by_id_.put(key, realm_version, identity, ticket);
    return identity;
}

// Read past the cache: a log-in is rare, costs a password hash, and must see a new password.
Identities::Found Identities::find_by_login(const Realm& realm, std::string_view login) const {
    const auto& name = realm.name.text();
    const auto lower = to_lower_ascii(login);
    CAMBIST_TRY(auto user, users_.find_by_username(name, lower));
    if (user) return resolve(realm, *std::move(user));
    if (!realm.login_with_email || !lower.contains('@')) return nullptr;
    CAMBIST_TRY(auto users, users_.find_by_email(name, lower));
    if (users.size() != 1) return nullptr;
    return resolve(realm, std::move(users.front()));
}

Identities::Found Identities::find_by_username(const Realm& realm,
                                               std::string_view username) const {
    CAMBIST_TRY(auto user, users_.find_by_username(realm.name.text(), to_lower_ascii(username)));
    if (!user) return nullptr;
    return resolve(realm, *std::move(user));
}

Result<std::vector<std::shared_ptr<const Identity>>> Identities::find_by_email(
    const Realm& realm, std::string_view email) const {
    CAMBIST_TRY(auto users, users_.find_by_email(realm.name.text(), to_lower_ascii(email)));
    std::vector<std::shared_ptr<const Identity>> found;
    found.reserve(users.size());
    for (auto& user : users) found.push_back(resolve(realm, std::move(user)));
    return found;
}

Result<std::vector<std::shared_ptr<const Identity>>> Identities::find_by_attribute(
    const Realm& realm, std::string_view name, std::string_view value) const {
    CAMBIST_TRY(auto users, users_.find_by_attribute(realm.name.text(), name, value, 2));
    std::vector<std::shared_ptr<const Identity>> found;
    for (auto& user : users) found.push_back(resolve(realm, std::move(user)));
    return found;
}

Identities::Found Identities::service_account_of(const Realm& realm, std::int64_t realm_version,
                                                 const ClientId& client) const {
    const auto* registered = realm.find_client(client.text());
    if (registered == nullptr || !registered->service_accounts) return nullptr;
    const ShardedCache<UserId>::Key key{realm.name.text(), client.text()};
    if (const auto hit = by_client_.find(key, realm_version)) {
        CAMBIST_TRY(auto identity, find(realm, realm_version, *hit));
        // The account may have been made anew under another id.
        if (identity && identity->user->service_account_of == client) return identity;
    }
    const auto ticket = by_client_.ticket(key);
    CAMBIST_TRY(auto user, users_.find_service_account(realm.name.text(), client));
    if (!user) return nullptr;
    const auto id = std::make_shared<const UserId>(user->id);
    by_client_.put(key, realm_version, id, ticket);
    return find(realm, realm_version, *id);
}

void Identities::invalidate(const RealmName& realm, const UserId& id) const {
    by_id_.erase({realm.text(), id.text()});
}

void Identities::invalidate_realm(const RealmName& realm) const {
    by_id_.erase_realm(realm.text());
    by_client_.erase_realm(realm.text());
}

}  // namespace cambist::identity
