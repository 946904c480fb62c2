// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "http/message.h"

namespace cambist::endpoints {

// Whether the request asks for this media type by its name and likes it as well as JSON
// (RFC 9110 section 12.5.1). A wildcard asks for nothing in particular.
bool accepts(const http::Request& request, std::string_view media_type);

}  // namespace cambist::endpoints
