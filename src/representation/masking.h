// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "json/value.h"

namespace cambist::representation {

// Whether a member of this name holds a secret wherever Keycloak or we write it: the secret of a
// client or an identity provider, a private key, a password of a directory or a mail server, the
// hash of a user's password.
bool is_secret_member(std::string_view name);
// Replaces the secrets of a realm, a user or a part of one by kMaskedSecret. Attributes of users,
// groups and roles are nobody's secrets, whatever they are called.
void mask_secrets(json::Value& value);

}  // namespace cambist::representation
