// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "http/message.h"
#include "json/value.h"

namespace cambist::gateway {

// An answer of the gateway itself, for the script of the app: JSON, kept by nobody.
http::Response json_answer(int status, const json::Value& body);

// Why the gateway did not do it. The name is stable; the text says what to do about it, and what
// has to stay inside stands in the log.
enum class Refusal {
    kNotFromTheApp,
    kNotFound,
    kMethod,
    kPath,
    kNoLogInBegun,
    kLogInRefused,
    kNotLoggedIn,
    kNoTokenForService,
    kServerFailed,
    kGatewayMisconfigured,
    kServiceFailed,
    kServiceShowsTokens,
    kServiceBusy,
    kTooManyAtOnce,
    kRequest,
};
http::Response render(Refusal refusal);

}  // namespace cambist::gateway
