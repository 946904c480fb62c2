// SPDX-License-Identifier: Apache-2.0
#include "representation/jwk_of_certificate.h"

#include "base/base64url.h"
#include "crypto/certificate.h"
#include "json/value.h"

namespace cambist::representation {

std::optional<std::string> jwks_of_certificate(std::string_view certificate) {
    const auto key = crypto::public_key_of_certificate(certificate);
    if (!key) return std::nullopt;
    return jwks_of_key(*key, {});
}

std::string jwks_of_key(const crypto::PublicKey& key, std::string_view kid) {
    const auto parts = key.components();
    auto jwk = json::Value::object();
    if (!kid.empty()) jwk.set("kid", kid);
    const auto curve = [&](std::string_view type, std::string_view name) {
        jwk.set("kty", type).set("crv", name).set("x", base64url_encode(parts.x));
        if (!parts.y.empty()) jwk.set("y", base64url_encode(parts.y));
    };
    switch (key.kind()) {
        case crypto::KeyKind::kRsa:
            jwk.set("kty", "RSA");
            jwk.set("n", base64url_encode(parts.n)).set("e", base64url_encode(parts.e));
            break;
        case crypto::KeyKind::kP256:
            curve("EC", "P-256");
            break;
        case crypto::KeyKind::kP384:
            curve("EC", "P-384");
            break;
        case crypto::KeyKind::kP521:
            curve("EC", "P-521");
            break;
        case crypto::KeyKind::kEd25519:
            curve("OKP", "Ed25519");
            break;
        case crypto::KeyKind::kX25519:
            curve("OKP", "X25519");
            break;
    }
    auto set = json::Value::object();
    set.set("keys", json::Value::array()).find("keys")->push(std::move(jwk));
    return set.to_text();
}

}  // namespace cambist::representation
