// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace cambist::gateway {

// What of a request is believed, and what of it goes on.

// The value of the one cookie of this name, from the Cookie headers (RFC 6265 section 5.4). Empty:
// there is none, or two, of which nobody can tell whose is whose.
std::string cookie_of(const std::vector<std::string_view>& headers, std::string_view name);

// From a script of the app itself: a form or a link of another site can not set the header, a
// script of another site is not let to, and browsers say where a request comes from.
bool is_of_the_app(const http::Request& request, std::string_view origin);

// Whether everybody reads the path alike: no segment is empty (but the last), "." or "..", however
// it is written, and none hides a slash, a backslash, a control character or a second encoding.
bool is_plain_path(std::string_view path);

// Of a request that goes on to a service: all headers but those of the connection, what tells who
// is logged in, what a proxy would say, and what the call itself writes.
std::vector<http::Header> headers_for_service(const http::Request& request);

// Of a service's answer: all headers but those of the connection, cookies and what would change
// the app's own origin. `service_url` and `path` turn a Location around.
std::vector<http::Header> headers_for_browser(const std::vector<http::Header>& headers,
                                              std::string_view service_url, std::string_view path);

}  // namespace cambist::gateway
