// SPDX-License-Identifier: Apache-2.0
#include "trust/client_keys.h"

#include <algorithm>

namespace cambist::trust {

namespace {

constexpr std::size_t kParsedSets = 4096;

// One that says it is for the algorithm goes before one that says nothing.
const jose::Jwk* find_key(const jose::JwkSet& set, const jose::KeyManagement& algorithm) {
    const auto fits = [&](const jose::Jwk& key, std::string_view alg) {
        return key.alg == alg && jose::fits(algorithm, key.key.kind());
    };
    for (const auto alg : {algorithm.name, std::string_view()}) {
        const auto found =
            std::ranges::find_if(set.keys, [&](const auto& key) { return fits(key, alg); });
        if (found != set.keys.end()) return &*found;
    }
    return nullptr;
}

}  // namespace

Result<std::shared_ptr<const KeySet>> ClientKeys::of(const Client& client) const {
    if (!client.jwks.empty()) return of_text(client.jwks);
    if (client.jwks_url.empty())
        return fail(ErrorCode::kNotFound, "client '" + client.client_id.text() +
                                              "' has no key set (jwks.string or jwks.url)");
    if (published_ == nullptr)
        return fail(ErrorCode::kOutboundRefused, "key sets are not fetched here");
    return published_->current(client.jwks_url);
}

std::shared_ptr<const KeySet> ClientKeys::newer(const Client& client,
                                                const std::shared_ptr<const KeySet>& known) const {
    const bool is_published = client.jwks.empty() && !client.jwks_url.empty();
    if (!is_published || published_ == nullptr) return known;
    return published_->newer(client.jwks_url, known);
}

Result<jose::Jwk> ClientKeys::encryption_key(const Client& client,
                                             const jose::KeyManagement& algorithm) const {
    auto set = of(client);
    if (!set && set.error().code == ErrorCode::kNotFound)
        return fail(ErrorCode::kEncryptionKeyMissing, set.error().hint);
    if (!set)
        return fail(ErrorCode::kEncryptionKeysUnavailable,
                    "the key set of client '" + client.client_id.text() + "' can not be had" +
                        why_busy(set.error()),
                    set.error().describe());
    const auto* key = find_key((*set)->encryption, algorithm);
    if (key == nullptr) {
        set = newer(client, *set);
        key = find_key((*set)->encryption, algorithm);
    }
    if (key != nullptr) return *key;
    std::string why;
    for (const auto& note : (*set)->encryption.notes) why += (why.empty() ? "" : "; ") + note;
    return fail(ErrorCode::kEncryptionKeyMissing,
                "no key of client '" + client.client_id.text() + "' is for " +
                    std::string(algorithm.name) + " (use enc, on its curve or RSA)",
                std::move(why));
}

// The realm's text is the key of the cache: a changed set is another one.
Result<std::shared_ptr<const KeySet>> ClientKeys::of_text(const std::string& text) const {
    auto found = parsed_.with([&](auto& parsed) {
        const auto at = parsed.find(text);
        return at == parsed.end() ? nullptr : at->second;
    });
    if (found) return found;
    CAMBIST_TRY(auto set, parse_key_set(text));
    parsed_.with([&](auto& parsed) {
        if (parsed.size() >= kParsedSets) parsed.clear();
        parsed.emplace(text, set);
    });
    return set;
}

}  // namespace cambist::trust
