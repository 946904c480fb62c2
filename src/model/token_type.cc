// SPDX-License-Identifier: Apache-2.0
#include "model/token_type.h"

#include <array>
#include <cstddef>

namespace cambist {

namespace {

// RFC 8693 section 3; in the order of the enumerators.
constexpr std::string_view kInfix = ":token-type:";
constexpr std::array<std::string_view, 9> kUrns{"urn:ietf:params:oauth:token-type:access_token",
                                                "urn:ietf:params:oauth:token-type:refresh_token",
                                                "urn:ietf:params:oauth:token-type:id_token",
                                                "urn:ietf:params:oauth:token-type:jwt",
                                                "urn:ietf:params:oauth:token-type:saml1",
                                                "urn:ietf:params:oauth:token-type:saml2",
                                                "urn:cambist:params:oauth:token-type:api-key",
                                                "urn:cambist:params:oauth:token-type:handoff",
                                                "urn:cambist:params:oauth:token-type:custom"};

// In the order of the enumerators.
constexpr std::array<std::string_view, 6> kGrants{"urn:ietf:params:oauth:grant-type:token-exchange",
                                                  "client_credentials",
                                                  "refresh_token",
                                                  "password",
                                                  "urn:ietf:params:oauth:grant-type:jwt-bearer",
                                                  "urn:ietf:params:oauth:grant-type:saml2-bearer"};

template <class Enum, std::size_t N>
std::optional<Enum> find_in(const std::array<std::string_view, N>& names, std::string_view name) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == name) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

std::string_view urn_of(TokenType type) { return kUrns.at(static_cast<std::size_t>(type)); }

std::string_view short_name_of(TokenType type) {
    const auto urn = urn_of(type);
    return urn.substr(urn.find(kInfix) + kInfix.size());
}

std::optional<TokenType> find_token_type(std::string_view urn) {
    return find_in<TokenType>(kUrns, urn);
}

std::optional<TokenType> find_token_type_by_short_name(std::string_view name) {
    for (std::size_t i = 0; i < kUrns.size(); ++i) {
        if (short_name_of(static_cast<TokenType>(i)) == name) return static_cast<TokenType>(i);
    }
    return std::nullopt;
}

std::string_view name_of(GrantType grant) { return kGrants.at(static_cast<std::size_t>(grant)); }

std::optional<GrantType> find_grant_type(std::string_view value) {
    return find_in<GrantType>(kGrants, value);
}

}  // namespace cambist
