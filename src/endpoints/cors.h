// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "http/message.h"
#include "model/client.h"

namespace cambist::endpoints {

// Fetch standard, CORS protocol. Origins come from a client's webOrigins ("+": the origins of its
// redirect URIs, "*": all), never from a token.
bool origin_is_allowed(const Client& client, std::string_view origin);

// Lets the script of this origin read the answer, errors too; with credentials unless public.
std::vector<http::Header> allow_origin(std::string_view origin);
http::Header any_origin();
void allow_any_origin(http::Response& response);
// A refusal that holds nothing but the refusal: any script may read it, also one that sends
// cookies.
std::vector<http::Header> allow_refusal(std::string_view origin);

// The answer to a preflight. It has no body and no client yet, so any origin is answered: what
// counts is the check of the request itself.
http::Response preflight(const http::Request& request, std::string_view methods);

}  // namespace cambist::endpoints
