// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity/cache.h"
#include "model/realm.h"
#include "model/user.h"
#include "store/store.h"

namespace cambist::identity {

struct IdentitySettings {
    std::size_t cached_users = 20000;  // over all realms; those not used for long leave first
};

// The users of all realms as rules and mappers see them, read through a bounded cache. An identity
// is resolved for one version of its realm and read anew for another; whoever changes a user calls
// invalidate(). A hit takes no allocation. Any thread.
//
// A null pointer means that there is no such user; kStoreUnavailable that we can not know.
class Identities {
  public:
    explicit Identities(store::UserStore& users, const IdentitySettings& settings = {});

    using Found = Result<std::shared_ptr<const Identity>>;
    Found find(const Realm& realm, std::int64_t realm_version, const UserId& id) const;
    // By user name (in lower case, as Keycloak does), then by e-mail if the realm allows that; an
    // e-mail that several users share finds nobody.
    // Read past the cache.
    Found find_by_login(const Realm& realm, std::string_view login) const;
    // By user name alone, in whatever case. Read past the cache.
    Found find_by_username(const Realm& realm, std::string_view username) const;
    // All users with this e-mail address, in whatever case. Read past the cache.
    Result<std::vector<std::shared_ptr<const Identity>>> find_by_email(
        const Realm& realm, std::string_view email) const;
    // Two of those that have this value of the attribute, if there are two. Read past the cache.
    Result<std::vector<std::shared_ptr<const Identity>>> find_by_attribute(
        const Realm& realm, std::string_view name, std::string_view value) const;
    // Null also when the client is unknown or has its service account switched off.
    Found service_account_of(const Realm& realm, std::int64_t realm_version,
                             const ClientId& client) const;

    void invalidate(const RealmName& realm, const UserId& id) const;
    void invalidate_realm(const RealmName& realm) const;

  private:
    store::UserStore& users_;
    ShardedCache<Identity> by_id_;
    ShardedCache<UserId> by_client_;
};

}  // namespace cambist::identity
