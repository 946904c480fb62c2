// SPDX-License-Identifier: Apache-2.0
#include "exchange/parameters.h"

#include <algorithm>
#include <array>
#include <string>

namespace cambist::exchange {
namespace {

constexpr std::array kOwned{
    Owned{"subject_token", GrantType::kTokenExchange},
    Owned{"subject_token_type", GrantType::kTokenExchange},
    Owned{"actor_token", GrantType::kTokenExchange},
    Owned{"actor_token_type", GrantType::kTokenExchange},
    Owned{"requested_token_type", GrantType::kTokenExchange},
    Owned{"requested_subject", GrantType::kTokenExchange},
    Owned{"requested_issuer", GrantType::kTokenExchange},
    Owned{"subject_issuer", GrantType::kTokenExchange},
    Owned{"organization", GrantType::kTokenExchange},
    Owned{"reason", GrantType::kTokenExchange},
    Owned{"ticket", GrantType::kTokenExchange},
    Owned{"refresh_token", GrantType::kRefreshToken},
    Owned{"username", GrantType::kPassword},
    Owned{"password", GrantType::kPassword},
    Owned{"code", std::nullopt},
    Owned{"code_verifier", GrantType::kTokenExchange},
    Owned{"code_challenge", GrantType::kTokenExchange},
    Owned{"code_challenge_method", GrantType::kTokenExchange},
    Owned{"origin", GrantType::kTokenExchange},
    Owned{"redirect_uri", GrantType::kTokenExchange, true},
    Owned{"amr", GrantType::kTokenExchange},
    Owned{"acr", GrantType::kTokenExchange},
    Owned{"assertion", GrantType::kJwtBearer},
    Owned{"device_code", std::nullopt},
    Owned{"auth_req_id", std::nullopt},
    // OpenID Connect Native SSO: to have one renewed. Every log-in gives a new one.
    Owned{"device_secret", std::nullopt},
    // RFC 9449 section 10: of authorization requests. Here the proof itself says the key.
    Owned{"dpop_jkt", std::nullopt},
    // Of authorization requests as well, and each narrows what is given or says who shall act: a
    // token without that is another one than was asked for. What narrows nothing there (nonce,
    // state, prompt, ...) is ignored.
    Owned{"claims", std::nullopt},
    Owned{"acr_values", std::nullopt},
    Owned{"max_age", std::nullopt},
    Owned{"request", std::nullopt},
    Owned{"request_uri", std::nullopt},
    Owned{"requested_actor", std::nullopt},
    // Of introspection and revocation.
    Owned{"token", std::nullopt},
    Owned{"token_type_hint", std::nullopt},
};

// What several grants read.
constexpr std::array<std::string_view, 5> kShared{"grant_type", "audience", "resource", "scope",
                                                  "authorization_details"};

}  // namespace

const Owned* find_owned(std::string_view name) {
    const auto* found = std::ranges::find(kOwned, name, &Owned::name);
    return found == kOwned.end() ? nullptr : found;
}

Status check_small_form(const Form& form, std::initializer_list<std::string_view> read) {
    for (const auto& [name, value] : form.fields()) {
        const bool asks =
            find_owned(name) != nullptr || std::ranges::find(kShared, name) != kShared.end();
        if (!asks || value.empty() || std::ranges::find(read, name) != read.end()) continue;
        return std::unexpected(
            Error{ErrorCode::kParameterNotSupported,
                  "Parameter " + std::string(name) +
                      " can not be honoured at this endpoint, so the request is refused.",
                  {},
                  {}});
    }
    return {};
}

}  // namespace cambist::exchange
