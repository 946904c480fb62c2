// SPDX-License-Identifier: Apache-2.0
#include "keys/ring.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "jose/algorithms.h"
#include "jose/jwk.h"

namespace cambist::keys {
namespace {

// Best first: priority, then age, then kid, so that every node of a cluster picks the same.
bool is_better(const SigningKey& a, const SigningKey& b) {
    if (a.priority != b.priority) return a.priority > b.priority;
    if (a.created != b.created) return a.created > b.created;
    return a.kid < b.kid;
}

std::string render_set(const std::vector<SigningKey>& keys) {
    json::Value set = json::Value::array();
    for (const auto& key : keys) {
        if (key.state == KeyState::kDisabled) continue;
        const jose::Jwk jwk{.kid = key.kid.text(),
                            .kty = std::string(jose::algorithm_row(key.signature).kty),
                            .alg = key.algorithm,
                            .use = "sig",
                            .key = key.key.public_key()};
        set.push(jose::render_jwk(jwk, key.certificate));
    }
    json::Value document = json::Value::object();
    document.set("keys", std::move(set));
    return document.to_text();
}

Status check(const SigningKey& key) {
    const auto* algorithm = jose::find_algorithm(key.algorithm);
    if (algorithm == nullptr) {
        return fail(ErrorCode::kConfigInvalid,
                    "key " + key.kid.text() + ": the algorithm is not one we sign with");
    }
    if (algorithm->signature != key.signature || !crypto::fits(key.signature, key.key.kind())) {
        return fail(ErrorCode::kConfigInvalid,
                    "key " + key.kid.text() + " does not fit the algorithm " + key.algorithm);
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<const KeyRing>> KeyRing::make(std::vector<SigningKey> keys) {
    std::ranges::sort(keys, is_better);
    auto ring = std::shared_ptr<KeyRing>(new KeyRing);
    for (const auto& key : keys) {
        CAMBIST_CHECK(check(key));
        const bool twice = std::ranges::count(keys, key.kid, &SigningKey::kid) > 1;
        if (twice) {
            return fail(ErrorCode::kConfigInvalid, "two keys have the kid " + key.kid.text());
        }
        if (key.state == KeyState::kDisabled) continue;
        ring->verifying_.emplace(key.kid.text(),
                                 jose::VerificationKey{key.key.public_key(), key.signature});
    }
    ring->jwks_ = render_set(keys);
    ring->keys_ = std::move(keys);
    return ring;
}

const SigningKey* KeyRing::active(std::string_view algorithm) const {
    for (const auto& key : keys_) {
        if (key.state == KeyState::kActive && key.algorithm == algorithm) return &key;
    }
    return nullptr;
}

const jose::VerificationKey* KeyRing::find_for_verification(std::string_view kid) const {
    const auto found = verifying_.find(kid);
    return found == verifying_.end() ? nullptr : &found->second;
}

std::string KeyRing::public_key_der_base64(std::string_view algorithm) const {
    const auto* key = active(algorithm);
    if (key == nullptr) return {};
    // PEM is the base64 we want, between two lines and broken by line ends.
    const std::string pem = key->key.public_key().to_pem();
    std::string bare;
    for (const auto line : split(pem, '\n')) {
        if (!line.starts_with("-----")) bare += trim(line);
    }
    return bare;
}

std::vector<std::string> KeyRing::active_algorithms() const {
    std::vector<std::string> names;
    for (const auto& key : keys_) {
        const bool is_new = std::ranges::find(names, key.algorithm) == names.end();
        if (key.state == KeyState::kActive && is_new) names.push_back(key.algorithm);
    }
    return names;
}

}  // namespace cambist::keys
