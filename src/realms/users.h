// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/password.h"
#include "representation/realm_file.h"
#include "store/store.h"

namespace cambist::realms {

// What a realm file's users become before they are stored.
struct PreparedUsers {
    std::vector<User> users;
    std::vector<std::string> notes;
};

struct UserSources {
    const store::UserStore& stored;
    const Clock& clock;
    const Random& random;
    const crypto::PasswordSettings& password;
};

// Hashes plain passwords. What is stored stays where the file says nothing else: a user keeps its
// id, a service account that the file does not describe all it has, a password that is still the
// same its hash, and a hash that was made stronger at a log-in its strength; so the same file
// applied twice changes nothing.
Result<PreparedUsers> prepare_users(const representation::RealmFile& file,
                                    const UserSources& sources);

}  // namespace cambist::realms
