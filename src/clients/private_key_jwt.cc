// SPDX-License-Identifier: Apache-2.0
#include "clients/assertion.h"
#include "clients/federated_jwt.h"
#include "clients/method.h"
#include "jose/algorithms.h"
#include "jose/jwk.h"
#include "jose/jws.h"

namespace cambist::clients {
namespace {

// RFC 7523 section 3, RFC 7521 section 4.2, OpenID Connect Core section 9.
class PrivateKeyJwt final : public Method {
  public:
    PrivateKeyJwt(store::Store& store, const trust::ClientKeys& keys,
                  const issuers::ForeignTokens* foreign)
        : store_(store), keys_(keys), federated_(store, foreign) {}
    ClientAuthMethod method() const override { return ClientAuthMethod::kPrivateKeyJwt; }

    Status check(const Presented& presented, const Client& client, const realms::Snapshot& realm,
                 TimePoint now) const override {
        if (client.authenticator == ClientAuthenticator::kFederatedJwt && !client.is_public())
            return federated_.check(presented, client, realm, now);
        if (client.authenticator != ClientAuthenticator::kJwt || client.is_public())
            return refuse_method(method(), client);
        CAMBIST_TRY(const auto keys, keys_of(client));
        const auto verified = jose::verify_compact(
            presented.assertion,
            [&](const jose::Header& header) { return key_for(header, keys, client); });
        if (!verified)
            return refuse_assertion("the signature could not be verified",
                                    verified.error().describe());
        return check_assertion(*verified, client, realm, store_, now);
    }

  private:
    Result<std::shared_ptr<const trust::KeySet>> keys_of(const Client& client) const {
        auto keys = keys_.of(client);
        if (keys) return keys;
        const auto name = "'" + client.client_id.text() + "'";
        switch (keys.error().code) {
            case ErrorCode::kNotFound:
                return refuse_assertion(keys.error().hint);
            case ErrorCode::kOutboundRefused:
            case ErrorCode::kOutboundFailed:
            case ErrorCode::kOutboundBusy:
                return fail(
                    ErrorCode::kClientKeysUnavailable,
                    "the key set of client " + name + " can not be fetched: " + keys.error().hint,
                    keys.error().detail);
            default:
                return refuse_assertion("the key set of client " + name + " is not usable",
                                        keys.error().describe());
        }
    }

    Result<jose::VerificationKey> key_for(const jose::Header& header,
                                          const std::shared_ptr<const trust::KeySet>& keys,
                                          const Client& client) const {
        if (!header.algorithm) return refuse_assertion("alg is not one of ours");
        const auto& row = jose::algorithm_row(*header.algorithm);
        if (!client.assertion_algorithm.empty() && client.assertion_algorithm != row.name)
            return refuse_assertion("alg must be " + client.assertion_algorithm);
        if (header.kid.empty() && keys->verification.keys.size() != 1)
            return refuse_assertion("the header needs a kid: the client has several keys");
        if (header.kid.empty()) return use(keys->verification.keys.front(), row);
        if (const auto* key = keys->verification.find(header.kid)) return use(*key, row);
        // The client may have rotated its keys since they were fetched.
        const auto newer = keys_.newer(client, keys);
        if (const auto* key = newer->verification.find(header.kid)) return use(*key, row);
        return refuse_assertion("no key of the client has this kid");
    }

    static Result<jose::VerificationKey> use(const jose::Jwk& key, const jose::Algorithm& row) {
        if (!crypto::fits(row.signature, key.key.kind()) ||
            (!key.alg.empty() && key.alg != row.name))
            return refuse_assertion("the key may not be used with this alg");
        return jose::VerificationKey{key.key, row.signature};
    }

    store::Store& store_;
    const trust::ClientKeys& keys_;
    FederatedJwt federated_;
};

}  // namespace

std::unique_ptr<Method> make_private_key_jwt(store::Store& store, const trust::ClientKeys& keys,
                                             const issuers::ForeignTokens* foreign) {
    return std::make_unique<PrivateKeyJwt>(store, keys, foreign);
}

}  // namespace cambist::clients
