// SPDX-License-Identifier: Apache-2.0
#include "tokens/hidden_actors.h"

#include <utility>

#include "base/base64url.h"

namespace cambist::tokens {
namespace {

std::string context_of(std::string_view realm) { return "hidden-actor:" + std::string(realm); }

std::unexpected<Error> untold() {
    return fail(ErrorCode::kSubjectTokenRevoked,
                "it hides who acts, and was sealed with a key file that is not here any more");
}

}  // namespace

Result<std::string> seal_actors(const crypto::SecretBox& box, std::string_view realm,
                                const std::string& actors, const Random& random) {
    CAMBIST_TRY(const auto sealed, box.seal(actors, context_of(realm), random));
    return base64url_encode(sealed);
}

Status reveal_actors(const crypto::SecretBox* box, std::string_view realm, std::string_view sealed,
                     CheckedToken& token) {
    const auto bytes = base64url_decode(sealed);
    if (box == nullptr || !bytes) return untold();
    const auto opened = box->open(*bytes, context_of(realm));
    if (!opened) return untold();
    token.facts.act = std::string(opened->expose());
    CAMBIST_TRY(token.actors, read_actors(token.facts.act));
    return {};
}

}  // namespace cambist::tokens
