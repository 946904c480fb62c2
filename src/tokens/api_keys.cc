// SPDX-License-Identifier: Apache-2.0
#include "tokens/api_keys.h"

#include <optional>
#include <utility>

#include "crypto/digest.h"
#include "tokens/own_tokens.h"

namespace cambist::tokens {
namespace {

constexpr std::string_view kPrefix = "ck_";
constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kLength = 46;

}  // namespace

std::string make_api_key(const Random& random) {
    return std::string(kPrefix) + make_token(random, kRandomBytes);
}

std::string hash_of_api_key(std::string_view text) { return crypto::sha256_base64url(text); }

bool looks_like_api_key(std::string_view text) { return text.starts_with(kPrefix); }

// Found by its hash, so that nothing of the key is compared byte by byte. It is for no client and
// of no session; what comes of it descends from its id.
Result<CheckedToken> OwnTokens::find_api_key(const realms::Snapshot& realm,
                                             std::string_view text) const {
    if (!looks_like_api_key(text) || text.size() != kLength)
        return fail(ErrorCode::kSubjectTypeMismatch,
                    "you sent something else declared as api-key; the API keys of this server "
                    "begin with 'ck_' and have 46 characters");
    std::optional<ApiKey> key;
    if (api_keys_ != nullptr) {
        CAMBIST_TRY(key, api_keys_->find(realm.realm->name.text(), hash_of_api_key(text)));
    }
    if (!key)
        return fail(ErrorCode::kSubjectTokenUnknown,
                    "the API key was revoked, has ended, or is of another realm");
    CheckedToken token;
    auto& facts = token.facts;
    facts.type = TokenType::kApiKey;
    facts.issuer = realm.issuer;
    facts.subject = key->user;
    facts.scopes = std::move(key->scopes);
    facts.issued_at = key->created;
    facts.expires_at = key->expires;
    facts.jti = std::move(key->id);
    facts.hash = std::move(key->hash);
    return token;
}

}  // namespace cambist::tokens
