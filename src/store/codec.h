// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/api_key.h"
#include "model/hand_off.h"
#include "model/relation.h"
#include "model/session.h"
#include "model/user.h"

// What the backends share: the form in which values with many members are stored.
namespace cambist::store {

// As it is stored: user name and e-mail address in lower case (ASCII), so that each is found
// however it is written. Keycloak stores them so too.
User normalized(User user);
std::string normalized_name(std::string_view text);

// The JSON text of a user; equal users give equal texts. Bytes that are no UTF-8 become U+FFFD.
std::string render_user(const User& user);
// Members that a newer version added are passed over; kParse when the text is no user.
Result<User> parse_user(std::string_view text);

// Without what changes as the family is used and is kept beside: its `uses`.
std::string render_family(const RefreshFamily& family);
Result<RefreshFamily> parse_family(std::string_view text);

// What a hand-off makes ready.
std::string render_handed_over(const HandedOver& handed);
Result<HandedOver> parse_handed_over(std::string_view text);

std::string render_relation(const Relation& relation);
Result<Relation> parse_relation(std::string_view text);
std::string render_api_key(const ApiKey& key);
Result<ApiKey> parse_api_key(std::string_view text);

}  // namespace cambist::store
