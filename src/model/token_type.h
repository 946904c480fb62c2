// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace cambist {

// RFC 8693 section 3, and some of our own: keys that people and services keep, the one-time code
// that brings a public client its tokens, and whatever a trusted issuer calls its tokens. Matching
// is exact and case-sensitive.
enum class TokenType : std::uint8_t {
    kAccessToken,
    kRefreshToken,
    kIdToken,
    kJwt,
    kSaml1,
    kSaml2,
    kApiKey,
    kHandOff,
    kCustom
};

std::string_view urn_of(TokenType type);         // "urn:ietf:params:oauth:token-type:access_token"
std::string_view short_name_of(TokenType type);  // "access_token", as rules write it
std::optional<TokenType> find_token_type(std::string_view urn);
std::optional<TokenType> find_token_type_by_short_name(std::string_view name);

// The grants of the token endpoint.
enum class GrantType : std::uint8_t {
    kTokenExchange,
    kClientCredentials,
    kRefreshToken,
    kPassword,
    kJwtBearer,   // RFC 7523 section 2.1
    kSaml2Bearer  // RFC 7522 section 2.1
};
std::string_view name_of(GrantType grant);  // the grant_type value
std::optional<GrantType> find_grant_type(std::string_view value);

}  // namespace cambist
