// SPDX-License-Identifier: Apache-2.0
#include "claims/pairwise.h"

#include "claims/mapper.h"
#include "crypto/digest.h"
#include "model/redirects.h"

namespace cambist::claims {
std::string Pairwise::subject(std::string_view user_id) const {
    return crypto::name_uuid(crypto::sha256({sector, user_id, salt}));
}

Result<Pairwise> make_pairwise(const MapperConfig& config, const Client& client) {
    const auto salt = setting(config, "pairwiseSubAlgorithmSalt");
    if (salt.empty()) return fail(ErrorCode::kConfigInvalid, "pairwiseSubAlgorithmSalt is missing");
    const auto uri = setting(config, "sectorIdentifierUri");
    auto sector = uri.empty() ? sector_of(client) : host_of(uri);
    if (sector.empty() && !uri.empty())
        return fail(ErrorCode::kConfigInvalid, "sectorIdentifierUri names no host");
    if (sector.empty()) sector = client.client_id.text();
    return Pairwise{.sector = std::string(sector), .salt = std::string(salt)};
}

}  // namespace cambist::claims
