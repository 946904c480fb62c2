// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/result.h"
#include "policy/terms.h"

namespace cambist::policy {

inline constexpr std::string_view kOfflineScope = "offline_access";

// Whether the subject may have offline tokens at all: Keycloak gives the client scope
// offline_access the role offline_access.
bool may_be_offline(const Facts& facts);

// Of an exchange: whether scope offline_access is asked for and given. A rule gives it by
// refresh: offline together with the requested type refresh_token; Keycloak's switch never does.
// kOfflineNotAllowed, kOfflineNotForUser.
Result<bool> wants_offline(const Facts& facts, const Terms& terms);

// Of an exchange that asks for a refresh token: which session it will hang on. kNone: the
// subject's. kRefreshNotAllowed, kRefreshNeedsSession.
Result<OpenSession> choose_session(const Facts& facts, const Terms& terms, bool offline);

// The session that the plan opens, as far as times depend on it.
Session session_to_open(const Facts& facts, OpenSession kind);

}  // namespace cambist::policy
