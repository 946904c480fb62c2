// SPDX-License-Identifier: Apache-2.0
#include "possession/dpop.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/digest.h"
#include "jose/algorithms.h"
#include "jose/claims.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "model/uri.h"

namespace cambist::possession {
namespace {

constexpr std::size_t kMaxJti = 1024;

std::unexpected<Error> refuse(std::string hint, std::string detail = {}) {
    return fail(ErrorCode::kDpopProofInvalid, std::move(hint), std::move(detail));
}

// Section 4.2: the key stands in the header, and this is the only kind of token where it counts.
Result<jose::Jwk> key_of(const jose::Header& header) {
    if (header.typ != "dpop+jwt") return refuse("typ must be dpop+jwt");
    if (!header.algorithm)
        return refuse("got alg " + printable(header.alg, 20) +
                      ", it must be an asymmetric signature algorithm of ours");
    if (!header.jwk) return refuse("the header has no jwk");
    auto jwk = jose::parse_jwk(*header.jwk);
    if (!jwk) return refuse("its jwk can not be used: " + jwk.error().hint);
    const auto& row = jose::algorithm_row(*header.algorithm);
    if (!crypto::fits(*header.algorithm, jwk->key.kind()) ||
        (!jwk->alg.empty() && jwk->alg != row.name))
        return refuse("its jwk may not be used with alg " + header.alg);
    return jwk;
}

Result<std::string> check_target(const json::Value& claims, const Expectation& expected) {
    CAMBIST_TRY(const auto method, jose::required_string(claims, "htm"));
    if (method != expected.method)
        return refuse("htm is " + printable(method, 20) + ", the request was a " +
                      std::string(expected.method));
    CAMBIST_TRY(const auto htu, jose::required_string(claims, "htu"));
    auto url = normalised_url(htu);
    if (!url) return refuse("htu is no http URL: " + printable(htu, 200));
    for (const auto& known : expected.urls)
        if (normalised_url(known) == url) return *std::move(url);
    return refuse("htu is " + printable(htu, 200) + ", this address is " +
                  (expected.urls.empty() ? std::string("none") : expected.urls.front()));
}

Result<std::int64_t> check_time(const json::Value& claims, TimePoint now) {
    CAMBIST_TRY(const auto issued, jose::required_date(claims, "iat"));
    const auto age = to_unix(now) - to_unix(issued);
    if (issued > now + kProofSkew)
        return refuse("iat lies " + std::to_string(-age) +
                      " s in the future; the client's clock is ahead of ours");
    if (issued + kMaxProofAge + kProofSkew < now)
        return refuse("it was made " + std::to_string(age) + " s ago, at most " +
                      std::to_string(kMaxProofAge.count()) + " are allowed; make one per request");
    return to_unix(issued);
}

Status check_token_hash(const json::Value& claims, const Expectation& expected) {
    if (!expected.access_token) return {};
    CAMBIST_TRY(const auto hash, jose::required_string(claims, "ath"));
    if (hash == crypto::sha256_base64url(*expected.access_token)) return {};
    return refuse("ath is not the hash of the access token that came with it");
}

Result<CheckedProof> check_claims(const json::Value& claims, const Expectation& expected) {
    CheckedProof proof;
    CAMBIST_TRY(proof.jti, jose::required_string(claims, "jti"));
    if (proof.jti.empty() || proof.jti.size() > kMaxJti)
        return refuse("jti must have 1 to " + std::to_string(kMaxJti) + " bytes");
    CAMBIST_TRY(proof.htu, check_target(claims, expected));
    CAMBIST_TRY(proof.issued_at, check_time(claims, expected.now));
    CAMBIST_CHECK(check_token_hash(claims, expected));
    CAMBIST_TRY(const auto nonce, jose::string_claim(claims, "nonce"));
    proof.nonce = nonce.value_or(std::string());
    return proof;
}

}  // namespace

Result<CheckedProof> check_proof(const std::vector<std::string>& headers,
                                 const Expectation& expected) {
    if (headers.size() != 1)
        return refuse("there must be one DPoP header, not " + std::to_string(headers.size()));
    std::string jkt;
    const auto verified = jose::verify_compact(
        headers.front(), [&](const jose::Header& header) -> Result<jose::VerificationKey> {
            CAMBIST_TRY(const auto jwk, key_of(header));
            jkt = jose::thumbprint(jwk.key);
            return jose::VerificationKey{jwk.key, *header.algorithm};
        });
    if (!verified) {
        if (verified.error().code == ErrorCode::kDpopProofInvalid)
            return std::unexpected(verified.error());
        return refuse("it is no JWT that its own key has signed", verified.error().describe());
    }
    const auto claims = jose::parse_claims(verified->payload);
    if (!claims) return refuse("its claims can not be read", claims.error().describe());
    auto proof = check_claims(*claims, expected);
    if (!proof && proof.error().code == ErrorCode::kTokenClaims) return refuse(proof.error().hint);
    if (proof) proof->jkt = std::move(jkt);
    return proof;
}

}  // namespace cambist::possession
