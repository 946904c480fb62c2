// SPDX-License-Identifier: Apache-2.0
#include "tokens/sealed_details.h"

#include "base/base64url.h"
#include "json/parse.h"

namespace cambist::tokens {
namespace {

std::string context_of(std::string_view realm) { return "origin:" + std::string(realm); }

}  // namespace

Result<std::string> seal_details(const crypto::SecretBox& box, std::string_view realm,
                                 const Identity& who, const Random& random) {
    if (who.issuer.empty() && who.notes.empty()) return std::string();
    const auto details = identity::details_of(who);
    if (details.empty()) return std::string();
    CAMBIST_TRY(const auto sealed, box.seal(details, context_of(realm), random));
    return base64url_encode(sealed);
}

bool has_details(std::string_view claims) { return claims.contains("\"xidp\""); }

Status open_details(const crypto::SecretBox* box, std::string_view realm, std::string_view claims,
                    identity::Origin& origin) {
    if (!has_details(claims)) return {};
    CAMBIST_TRY(const auto parsed, json::parse(claims, {}, json::Positions::kNone));
    const auto* sealed = parsed.find_string("xidp");
    if (sealed == nullptr) return {};
    const auto bytes = base64url_decode(*sealed);
    if (box != nullptr && bytes) {
        if (const auto opened = box->open(*bytes, context_of(realm))) {
            identity::add_details(opened->expose(), origin);
            return {};
        }
    }
    return fail(
        ErrorCode::kSubjectTokenRevoked,
        "it carries what its subject may, sealed with a key file that is not here any more");
}

}  // namespace cambist::tokens
