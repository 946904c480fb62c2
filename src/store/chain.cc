// SPDX-License-Identifier: Apache-2.0
#include "store/chain.h"

#include "base/base64url.h"
#include "crypto/digest.h"

namespace cambist::store {

std::string chain_hash(std::string_view node, std::int64_t sequence, std::string_view previous,
                       std::string_view body) {
    std::string head(node);
    head += '\n';
    head += std::to_string(sequence);
    head += '\n';
    head += previous;
    head += '\n';
    return hex_encode(crypto::sha256({head, body}));
}

}  // namespace cambist::store
