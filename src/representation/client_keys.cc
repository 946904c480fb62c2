// SPDX-License-Identifier: Apache-2.0
#include "representation/client_keys.h"

#include "jose/jwk.h"
#include "json/parse.h"

namespace cambist::representation {

namespace {

using jose::JwkPurpose;

// Why the key serves for nothing; empty when it serves. RFC 7517 section 4.2: `use` says what for.
std::string why_useless(const json::Value& jwk) {
    const auto signing = jose::parse_jwk(jwk, JwkPurpose::kVerification);
    const auto encryption = jose::parse_jwk(jwk, JwkPurpose::kEncryption);
    if (signing || encryption) return {};
    const auto* use = jwk.find_string("use");
    return (use != nullptr && *use == "enc" ? encryption : signing).error().hint;
}

}  // namespace

std::vector<std::string> useless_keys(std::string_view jwks) {
    const auto set = json::parse(jwks);
    if (!set) return {"no key serves: " + set.error().hint};
    for (const auto purpose : {JwkPurpose::kVerification, JwkPurpose::kEncryption}) {
        const auto read = jose::parse_jwk_set(*set, purpose);
        if (!read) return {"no key serves: " + read.error().hint};
        if (read->notes.empty()) return {};
    }
    std::vector<std::string> useless;
    std::size_t number = 0;
    for (const auto& jwk : set->find("keys")->as_array()) {
        ++number;
        if (const auto why = why_useless(jwk); !why.empty())
            useless.push_back("key " + std::to_string(number) + ": " + why);
    }
    return useless;
}

}  // namespace cambist::representation
