// SPDX-License-Identifier: Apache-2.0
#include "tokens/signing_key.h"

namespace cambist::tokens {

Result<const keys::SigningKey*> find_signing_key(const realms::Snapshot& realm,
                                                 const std::string& algorithm) {
    const auto* key = realm.keys->active(algorithm);
    if (key != nullptr) return key;
    return fail(ErrorCode::kSigningKeyMissing,
                "realm " + realm.realm->name.text() + " has no active key for " + algorithm);
}

const std::string& access_token_algorithm(const Realm& realm, const Client& client) {
    return client.access_token_algorithm.empty() ? realm.signature_algorithm
                                                 : client.access_token_algorithm;
}

const std::string& id_token_algorithm(const Realm& realm, const Client& client) {
    return client.id_token_algorithm.empty() ? realm.signature_algorithm
                                             : client.id_token_algorithm;
}

}  // namespace cambist::tokens
