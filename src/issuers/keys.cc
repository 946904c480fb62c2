// SPDX-License-Identifier: Apache-2.0
#include "issuers/keys.h"

#include <algorithm>

#include "base/text.h"
#include "jose/algorithms.h"

namespace cambist::issuers {
namespace {

constexpr std::size_t kParsedSets = 4096;

std::string quoted(std::string_view text) { return "'" + printable(text, 100) + "'"; }

bool may_sign(const jose::Jwk& key, const jose::Algorithm& row) {
    return crypto::fits(row.signature, key.key.kind()) && (key.alg.empty() || key.alg == row.name);
}

// By its kid; without one only where a single key could have signed.
const jose::Jwk* find_key(const jose::JwkSet& set, const jose::Header& header,
                          const jose::Algorithm& row) {
    if (!header.kid.empty()) return set.find(header.kid);
    const auto fits = [&](const jose::Jwk& key) { return may_sign(key, row); };
    const auto found = std::ranges::find_if(set.keys, fits);
    if (found == set.keys.end() || std::ranges::count_if(set.keys, fits) != 1) return nullptr;
    return &*found;
}

std::unexpected<Error> unavailable(const TrustedIssuer& issuer, const Error& why) {
    return fail(
        ErrorCode::kIssuerKeysUnavailable,
        "the keys of issuer " + quoted(issuer.alias) + " can not be had now" + trust::why_busy(why),
        why.describe());
}

std::unexpected<Error> unknown(const TrustedIssuer& issuer, const jose::Header& header) {
    return fail(ErrorCode::kSubjectTokenKeyUnknown,
                header.kid.empty()
                    ? "its header has no kid, and issuer " + quoted(issuer.alias) +
                          " has not exactly one key for " + header.alg
                    : "issuer " + quoted(issuer.alias) + " has no key " + quoted(header.kid));
}

}  // namespace

Result<jose::VerificationKey> IssuerKeySets::key_for(const TrustedIssuer& issuer,
                                                     const jose::Header& header) const {
    const bool is_allowed = header.algorithm && std::ranges::find(issuer.algorithms, header.alg) !=
                                                    issuer.algorithms.end();
    if (!is_allowed)
        return fail(ErrorCode::kSubjectTokenAlgorithm,
                    "alg is " + quoted(header.alg) + ", issuer " + quoted(issuer.alias) +
                        " signs with " + join(issuer.algorithms, ", "));
    const auto& row = jose::algorithm_row(*header.algorithm);
    CAMBIST_TRY(const auto url, url_of(issuer));
    CAMBIST_TRY(auto set, current(issuer, url));
    const auto* key = find_key(set->verification, header, row);
    if (key == nullptr && !url.empty()) {
        // The issuer may have rotated its keys since they were fetched.
        set = published_->newer(url, set);
        key = find_key(set->verification, header, row);
    }
    if (key == nullptr) return unknown(issuer, header);
    if (!may_sign(*key, row))
        return fail(ErrorCode::kSubjectTokenAlgorithm, "key " + quoted(header.kid) + " of issuer " +
                                                           quoted(issuer.alias) +
                                                           " may not be used with " + header.alg);
    return jose::VerificationKey{key->key, row.signature};
}

Result<std::vector<crypto::PublicKey>> IssuerKeySets::inline_keys(
    const TrustedIssuer& issuer) const {
    std::vector<crypto::PublicKey> keys;
    if (issuer.keys.jwks.empty()) return keys;
    auto set = of_text(issuer.keys.jwks);
    if (!set) return unavailable(issuer, set.error());
    for (const auto& key : (*set)->verification.keys) keys.push_back(key.key);
    return keys;
}

// Empty: the keys are in the realm.
Result<std::string> IssuerKeySets::url_of(const TrustedIssuer& issuer) const {
    if (!issuer.keys.jwks.empty()) return std::string();
    if (published_ == nullptr)
        return unavailable(issuer,
                           {ErrorCode::kOutboundRefused, {}, "nothing is fetched here", {}});
    return issuer.keys.jwks_url.empty() ? trust::discovered(issuer.keys.discovery)
                                        : issuer.keys.jwks_url;
}

Result<IssuerKeySets::Set> IssuerKeySets::current(const TrustedIssuer& issuer,
                                                  const std::string& url) const {
    auto set = url.empty() ? of_text(issuer.keys.jwks) : published_->current(url);
    if (!set) return unavailable(issuer, set.error());
    return set;
}

// The realm's text is the key of the cache: a changed set is another one.
Result<IssuerKeySets::Set> IssuerKeySets::of_text(const std::string& text) const {
    auto found = parsed_.with([&](auto& parsed) {
        const auto at = parsed.find(text);
        return at == parsed.end() ? nullptr : at->second;
    });
    if (found) return found;
    CAMBIST_TRY(auto set, trust::parse_key_set(text));
    parsed_.with([&](auto& parsed) {
        if (parsed.size() >= kParsedSets) parsed.clear();
        parsed.emplace(text, set);
    });
    return set;
}

}  // namespace cambist::issuers
