// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/client.h"

namespace cambist::claims {

inline constexpr std::string_view kPairwiseMapper = "oidc-sha256-pairwise-sub-mapper";

// How a client knows users by identifiers of its own (OpenID Connect Core section 8.1), made as
// Keycloak makes them: clients of one sector share them.
struct Pairwise {
    std::string sector;  // host name
    std::string salt;
    friend bool operator==(const Pairwise&, const Pairwise&) = default;

    // The subject identifier of a user.
    std::string subject(std::string_view user_id) const;
};

// Without a sectorIdentifierUri the sector is the one host of the redirect URIs; a client that has
// none (its mapper is a client scope's then) is a sector of its own. kConfigInvalid without a salt.
Result<Pairwise> make_pairwise(const MapperConfig& config, const Client& client);

}  // namespace cambist::claims
