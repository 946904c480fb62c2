// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "json/value.h"

namespace cambist::tokens {

// What a text looks like that somebody holds to be a token. Nothing in it was verified.
struct Inspection {
    std::string
        kind;  // "access token (JWT)", "refresh token of this server", "SAML assertion", ...
    json::Value header;              // null unless it is a JWT
    json::Value claims;              // null unless it is a JWT
    std::vector<std::string> lines;  // in words: times, who, for whom, what is odd
};

// Decodes and explains any token offline. Never fails: what can not be read is said in `lines`.
Inspection inspect(std::string_view text, TimePoint now);
// For a terminal; begins with "Nothing here was verified".
std::string to_text(const Inspection& inspection);
json::Value to_json(const Inspection& inspection);

// What a text that is no signed JWT looks like, in a few words for a hint: "a refresh token of this
// server", "an encrypted JWT", "a SAML assertion in XML", "opaque text of 20 characters".
std::string describe_shape(std::string_view text);

}  // namespace cambist::tokens
