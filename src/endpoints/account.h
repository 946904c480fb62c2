// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "endpoints/answer.h"
#include "endpoints/services.h"
#include "http/message.h"
#include "json/value.h"
#include "model/flow.h"

// What users manage themselves, below /realms/{realm}/account: with an access token of their own.
namespace cambist::endpoints {

inline constexpr std::string_view kManageAccount = "manage-account";

struct AccountUse {
    std::string_view address;                // of the endpoint, below the issuer
    std::string_view role = kManageAccount;  // of client account: this or manage-account
};

// Answers a request of the owner of an account. The token has the audience `account` or the role,
// the user has the role, and it is his own: no delegated or impersonated one (kAccountActs), none
// that was made of an API key or by an exchange without a log-in. Errors of `answer` tell their
// hints.
http::Response with_owner(
    const http::Request& request, const Context& context, const Services& services,
    const AccountUse& use,
    const std::function<Result<http::Response>(const VerifiedToken& owner)>& answer);

// The body: one JSON object with no other keys than these. kJsonBodyWrong.
Result<json::Value> read_body(const http::Request& request,
                              std::initializer_list<std::string_view> keys);
// A list of scopes (RFC 6749 section 3.3), of which there are at most 32, each once; absent: none.
Result<std::vector<std::string>> read_scopes(const json::Value& body);
// The same for audiences: printable ASCII without blanks.
Result<std::vector<std::string>> read_audiences(const json::Value& body);
// Seconds since 1970, from `expires` (such) or `expiresIn` (seconds from now); within a year.
Result<std::int64_t> read_expiry(const json::Value& body, TimePoint now);

json::Value list_of(const std::vector<std::string>& texts);
// 201 with what was made, 200 with a list, 204.
http::Response created(const json::Value& made);
http::Response listed(std::string name, json::Value list);
http::Response listed(const json::Value& lists);
http::Response no_content();

}  // namespace cambist::endpoints
