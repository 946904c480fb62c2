// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "endpoints/answer.h"
#include "endpoints/services.h"
#include "model/flow.h"

namespace cambist::endpoints {

Caller caller_of(const http::Request& request);
// Empty when there is none, or more than one.
std::string_view content_type_of(const http::Request& request);

// The client that a request names, right or wrong, or null: for CORS only.
const Client* named_client(const http::Request& request, const Context& context,
                           const Caller& caller);

// A script of an origin that is not the client's is refused before anything is done; everybody
// else's answer, errors too, gets the CORS headers of its origin.
http::Response with_cors(const http::Request& request, const Client* client,
                         std::string_view own_origin, const Context& context,
                         const std::function<http::Response()>& answer);

// A request of an authenticated client to one of the small endpoints (introspect, revoke, logout).
struct FormRequest {
    Form form;
    AuthenticatedClient client;
    bool diagnostics = false;
};
// Shape and client; kMalformedRequest and the kClient... codes.
Result<FormRequest> open_form_request(const http::Request& request, const Context& context,
                                      const Services& services);

}  // namespace cambist::endpoints
