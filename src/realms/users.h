// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/password.h"
#include "model/foreign.h"
#include "realms/difference.h"
#include "representation/realm_file.h"
#include "store/store.h"

namespace cambist::realms {

// What a realm file's users become before they are stored.
struct PreparedUsers {
    std::vector<User> users;
    std::vector<User> members;  // stored ones not among them whose memberships change
    std::vector<std::string> notes;
    // What an earlier file said of its users, and this one does not say any more.
    std::vector<FederatedIdentity> gone_links;
    std::set<std::string> ids;  // of all users of the file, also those that stay as they are
};

struct UserSources {
    const store::UserStore& stored;
    const Clock& clock;
    const Random& random;
    const crypto::PasswordSettings& password;
    bool without_secrets = false;  // see ApplyOptions
    // The file's, with organizations that go.
    representation::Members members;
};

// Hashes plain passwords. What is stored stays where the file says nothing else: a user keeps its
// id, a service account that the file does not describe all it has, a password that is still the
// same its hash, a hash that was made stronger at a log-in its strength, and a consent that the
// user gave or took back later than the file's its say; so the same file applied twice changes
// nothing. A masked hash is the stored one; kConfigInvalid where there is none, and where a member
// of an organization is nobody (unless Keycloak wrote the file).
Result<PreparedUsers> prepare_users(const representation::RealmFile& file,
                                    const UserSources& sources);

// The users that are stored and not among these ids.
Result<std::vector<User>> absent_users(const store::UserStore& stored, std::string_view realm,
                                       const std::set<std::string>& ids);
// Puts the users of the store into a representation, by name, as the lists of objects are.
Status represent_users(store::Store& store, std::string_view name, json::Value& realm);
// What the file states of members; an organization that goes (is in `before` and not in `realm`)
// takes its memberships along, so that one that comes under its name has none.
representation::Members members_by(const representation::RealmFile& file, const json::Value& before,
                                   const Realm& realm);
// What of users is added and changed.
Result<std::vector<Change>> user_changes(const store::UserStore& stored, std::string_view realm,
                                         const std::vector<User>& users);

}  // namespace cambist::realms
