// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include "identity/identities.h"

namespace cambist::identity {

// The user that a `requested_subject` names: `username:`, `id:` or `email:` and a value, or a value
// alone, which is then a user name or an id. What could mean two users means none of them
// (kRequestedSubjectAmbiguous). Also kRequestedSubjectUnknown, kRequestedSubjectDisabled (for the
// operator only: a client sees one answer), kRequestedSubjectMalformed, kStoreUnavailable. Service
// accounts are nobody to become. Any thread.
Identities::Found find_requested(const Identities& identities, const Realm& realm,
                                 std::int64_t realm_version, std::string_view requested);

}  // namespace cambist::identity
