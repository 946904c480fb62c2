// SPDX-License-Identifier: Apache-2.0
#include "jose/algorithms.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace cambist::jose {

namespace {

using crypto::Hash;
using crypto::SignatureAlgorithm;

// RFC 7518 section 3.1, RFC 8037 section 3.1. To add one: a row here and one in
// crypto/signature.cc.
constexpr std::array<Algorithm, 10> kAlgorithms{
    {{"RS256", SignatureAlgorithm::kRs256, "RSA", "", Hash::kSha256},
     {"RS384", SignatureAlgorithm::kRs384, "RSA", "", Hash::kSha384},
     {"RS512", SignatureAlgorithm::kRs512, "RSA", "", Hash::kSha512},
     {"PS256", SignatureAlgorithm::kPs256, "RSA", "", Hash::kSha256},
     {"PS384", SignatureAlgorithm::kPs384, "RSA", "", Hash::kSha384},
     {"PS512", SignatureAlgorithm::kPs512, "RSA", "", Hash::kSha512},
     {"ES256", SignatureAlgorithm::kEs256, "EC", "P-256", Hash::kSha256},
     {"ES384", SignatureAlgorithm::kEs384, "EC", "P-384", Hash::kSha384},
     {"ES512", SignatureAlgorithm::kEs512, "EC", "P-521", Hash::kSha512},
     {"EdDSA", SignatureAlgorithm::kEdDsa, "OKP", "Ed25519", Hash::kSha512}}};

}  // namespace

std::span<const Algorithm> algorithms() { return kAlgorithms; }

const Algorithm* find_algorithm(std::string_view name) {
    const auto found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
    return found == kAlgorithms.end() ? nullptr : &*found;
}

const Algorithm& algorithm_row(crypto::SignatureAlgorithm signature) {
    const auto found = std::ranges::find(kAlgorithms, signature, &Algorithm::signature);
    if (found == kAlgorithms.end()) std::abort();
    return *found;
}

const Algorithm& default_algorithm(crypto::KeyKind kind) {
    const auto found = std::ranges::find_if(
        kAlgorithms, [&](const Algorithm& row) { return crypto::fits(row.signature, kind); });
    if (found == kAlgorithms.end()) std::abort();
    return *found;
}

}  // namespace cambist::jose
