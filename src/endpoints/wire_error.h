// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/realm.h"

namespace cambist::endpoints {

// How a cause looks on the wire: HTTP status and the `error` member. 200 without an error is a
// success: RFC 7009 section 2.2 lets nobody find out tokens by revoking them.
struct WireError {
    int status = 500;
    std::string_view error;
    std::string text;  // empty: the row's text (base/error_codes.def)
};

// Where the request came in: Keycloak answers the same cause in other words elsewhere.
enum class Place : std::uint8_t { kToken, kIntrospection, kRevocation, kUserinfo };

// What Keycloak's texts name: the parameters, scopes, targets or client of the request. Ours name
// nothing.
struct Named {
    std::string missing;      // the first parameter of the grant that is not there
    std::string unsupported;  // the first parameter that the grant can not honour
    std::string scopes;       // as they were sent
    std::string targets;      // those that were refused: "a,b"
    std::string client;
    std::string subject_token_type;
    std::string grant;
    bool switches = false;  // another subject was asked for
    // subject_issuer was sent, in a realm that trusts others, or trusts nobody.
    enum class SubjectIssuer : std::uint8_t { kAbsent, kSent, kSentInVain };
    SubjectIssuer subject_issuer = SubjectIssuer::kAbsent;
    bool is_holder = false;  // of the subject token
    bool is_bound_by_dpop = false;
    bool brings_legacy = false;  // a token of an issuer of kind keycloak-v1
};

// The one table from causes to wire errors, for both dialects: RFC 6749 section 5.2 with RFC 8693
// section 2.2.2 (strict), or Keycloak's status, code and text where they differ.
WireError to_wire(ErrorCode code, ErrorDialect dialect, Place place = Place::kToken,
                  const Named& named = {});

}  // namespace cambist::endpoints
