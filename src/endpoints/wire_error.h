// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/error.h"
#include "model/realm.h"

namespace cambist::endpoints {

// How a cause looks on the wire: HTTP status and the `error` member.
struct WireError {
    int status = 500;
    std::string_view error;
    std::string_view text;  // empty: the row's text (base/error_codes.def)
};

// The one table from causes to wire errors, for both dialects: RFC 6749 section 5.2 with RFC 8693
// section 2.2.2 (strict), or Keycloak's status, code and text where they differ.
WireError to_wire(ErrorCode code, ErrorDialect dialect);

}  // namespace cambist::endpoints
