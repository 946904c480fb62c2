// SPDX-License-Identifier: Apache-2.0
#include "tokens/answer_jwt.h"

#include <utility>

#include "jose/jws.h"
#include "json/writer.h"
#include "keys/ring.h"
#include "tokens/minter.h"

namespace cambist::tokens {
namespace {

Result<std::string> sign(const realms::Snapshot& realm, const std::string& algorithm,
                         std::string_view typ, std::string_view payload) {
    CAMBIST_TRY(const auto* key, find_signing_key(realm, algorithm));
    return jose::sign_compact(key->key, {key->signature, key->kid.text(), typ}, payload);
}

}  // namespace

const std::string& introspection_algorithm(const Realm& realm, const Client& client) {
    return client.introspection_algorithm.empty() ? realm.signature_algorithm
                                                  : client.introspection_algorithm;
}

Result<std::string> sign_userinfo(const realms::Snapshot& realm, const Client& holder,
                                  json::Value document) {
    document.set("iss", realm.issuer);
    document.set("aud", holder.client_id.text());
    const auto& algorithm = holder.userinfo_algorithm.empty() ? realm.realm->signature_algorithm
                                                              : holder.userinfo_algorithm;
    return sign(realm, algorithm, "JWT", document.to_text());
}

Result<std::string> sign_introspection(const realms::Snapshot& realm, const Client& caller,
                                       std::string_view document, TimePoint now) {
    std::string payload;
    json::Writer out(payload);
    out.begin_object();
    out.member("iss", realm.issuer).member("aud", caller.client_id.text());
    out.member("iat", to_unix(now));
    out.key("token_introspection").raw(document);
    out.end_object();
    return sign(realm, introspection_algorithm(*realm.realm, caller), "token-introspection+jwt",
                payload);
}

Result<std::string> sign_hook_question(const realms::Snapshot& realm, std::string_view claims) {
    return sign(realm, realm.realm->signature_algorithm, "hook-question+jwt", claims);
}

Result<std::string> sign_access_claims(const realms::Snapshot& realm, const ClientId& holder,
                                       const json::Value& claims) {
    const auto* client = realm.realm->find_client(holder.text());
    if (client == nullptr) return fail(ErrorCode::kInternal, {}, "a live token without a holder");
    return sign(realm, access_token_algorithm(*realm.realm, *client),
                client->rfc9068_header ? "at+jwt" : "JWT", claims.to_text());
}

}  // namespace cambist::tokens
