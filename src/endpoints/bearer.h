// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string_view>

#include "endpoints/answer.h"
#include "endpoints/services.h"
#include "http/message.h"
#include "model/flow.h"

namespace cambist::endpoints {

// What an endpoint does with an access token of ours that is good. `check` refuses tokens that are
// not for it, as an error of the bearer scheme; `answer` is for those that are. `holder` is the
// client that the token was issued to, or null.
struct BearerUse {
    std::string_view address;  // of the endpoint, below the issuer: "/protocol/…/userinfo"
    std::function<Status(const VerifiedToken&)> check;
    std::function<http::Response(const VerifiedToken&, const Client* holder)> answer;
};

// Answers a request that brings an access token (RFC 6750 section 2, by header or by form; RFC 9449
// section 7.1), proved, live and used with the key that it is bound to; errors are challenges
// (RFC 6750 section 3). With the CORS headers of the holder and, where the realm wants nonces, the
// next one.
http::Response with_bearer(const http::Request& request, const Context& context,
                           const Services& services, const BearerUse& use);

Scheme scheme_of(const http::Request& request);

}  // namespace cambist::endpoints
