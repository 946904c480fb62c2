// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <initializer_list>
#include <string_view>

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

// An answer, errors too, gets the CORS headers of an origin of the client. Another origin's script
// may read no more than why its request was refused before the client had proved itself (no secret
// is in that, and it looks the same for clients that are there and that are not); check_origin()
// refuses it after.
http::Response with_cors(const http::Request& request, const Client* client,
                         std::string_view own_origin,
                         const std::function<http::Response()>& answer);
// The same in two steps; whether headers were added.
bool add_cors(http::Reply& reply, const http::Request& request, const Client* client,
              std::string_view own_origin);
void add_cors_to_refusal(http::Response& response, const http::Request& request,
                         std::string_view own_origin);

// kOriginNotAllowed for a script of an origin that is neither the client's nor ours. After the
// client was authenticated, so that the answer tells nobody which clients there are.
Status check_origin(std::string_view origin, const Client& client, std::string_view own_origin);

// A request of an authenticated client to one of the small endpoints (introspect, revoke, logout).
struct FormRequest {
    Form form;
    AuthenticatedClient client;
    bool diagnostics = false;
};
// Shape and client; kMalformedRequest and its kin, and the kClient... codes. `read` names the
// parameters of the endpoint: what only a token request has is refused.
Result<FormRequest> open_form_request(const http::Request& request, const Context& context,
                                      const Services& services,
                                      std::initializer_list<std::string_view> read);

}  // namespace cambist::endpoints
