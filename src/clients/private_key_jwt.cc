// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "clients/method.h"
#include "crypto/digest.h"
#include "jose/algorithms.h"
#include "jose/claims.h"
#include "jose/jwk.h"
#include "jose/jws.h"

namespace cambist::clients {
namespace {

constexpr Seconds kSkew{15};          // the client's clock is not ours
constexpr Seconds kMaxLifetime{600};  // bounds how long a used jti must be kept
// What the header may call it (RFC 8725 section 3.11): anything else is another kind of token that
// the client's key has signed too.
constexpr std::string_view kTypes[] = {"JWT", "client-authentication+jwt"};

std::unexpected<Error> refuse(std::string hint, std::string detail = {}) {
    return fail(ErrorCode::kClientAssertionInvalid, std::move(hint), std::move(detail));
}

// RFC 7523 section 3, RFC 7521 section 4.2, OpenID Connect Core section 9.
class PrivateKeyJwt final : public Method {
  public:
    PrivateKeyJwt(store::Store& store, const trust::ClientKeys& keys)
        : store_(store), keys_(keys) {}
    ClientAuthMethod method() const override { return ClientAuthMethod::kPrivateKeyJwt; }

    Status check(const Presented& presented, const Client& client, const realms::Snapshot& realm,
                 TimePoint now) const override {
        if (client.authenticator != ClientAuthenticator::kJwt)
            return fail(ErrorCode::kClientMethodMismatch,
                        "got private_key_jwt, client '" + client.client_id.text() +
                            "' is registered for " +
                            (client.is_public() ? "none" : "client_secret_basic"));
        CAMBIST_TRY(const auto keys, keys_of(client));
        const auto verified = jose::verify_compact(
            presented.assertion,
            [&](const jose::Header& header) { return key_for(header, keys, client); });
        if (!verified)
            return refuse("the signature could not be verified", verified.error().describe());
        const auto is_ours = [&](std::string_view typ) {
            return jose::typ_is(verified->header, typ);
        };
        if (!verified->header.typ.empty() && std::ranges::none_of(kTypes, is_ours))
            return refuse("typ says that this JWT is something else");
        const auto claims = jose::parse_claims(verified->payload);
        if (!claims) return refuse("the claims can not be read", claims.error().describe());
        auto checked = check_claims(*claims, client, realm, now);
        // A claim of the wrong form is a bad assertion, not a bad request.
        if (!checked && checked.error().code == ErrorCode::kTokenClaims)
            return refuse(checked.error().hint);
        return checked;
    }

  private:
    Result<std::shared_ptr<const trust::KeySet>> keys_of(const Client& client) const {
        auto keys = keys_.of(client);
        if (keys) return keys;
        const auto name = "'" + client.client_id.text() + "'";
        switch (keys.error().code) {
            case ErrorCode::kNotFound:
                return refuse(keys.error().hint);
            case ErrorCode::kOutboundRefused:
            case ErrorCode::kOutboundFailed:
                return fail(
                    ErrorCode::kClientKeysUnavailable,
                    "the key set of client " + name + " can not be fetched: " + keys.error().hint,
                    keys.error().detail);
            default:
                return refuse("the key set of client " + name + " is not usable",
                              keys.error().describe());
        }
    }

    Result<jose::VerificationKey> key_for(const jose::Header& header,
                                          const std::shared_ptr<const trust::KeySet>& keys,
                                          const Client& client) const {
        if (!header.algorithm) return refuse("alg is not one of ours");
        const auto& row = jose::algorithm_row(*header.algorithm);
        if (!client.assertion_algorithm.empty() && client.assertion_algorithm != row.name)
            return refuse("alg must be " + client.assertion_algorithm);
        if (header.kid.empty() && keys->verification.keys.size() != 1)
            return refuse("the header needs a kid: the client has several keys");
        if (header.kid.empty()) return use(keys->verification.keys.front(), row);
        if (const auto* key = keys->verification.find(header.kid)) return use(*key, row);
        // The client may have rotated its keys since they were fetched.
        const auto newer = keys_.newer(client, keys);
        if (const auto* key = newer->verification.find(header.kid)) return use(*key, row);
        return refuse("no key of the client has this kid");
    }

    static Result<jose::VerificationKey> use(const jose::Jwk& key, const jose::Algorithm& row) {
        if (!crypto::fits(row.signature, key.key.kind()) ||
            (!key.alg.empty() && key.alg != row.name))
            return refuse("the key may not be used with this alg");
        return jose::VerificationKey{key.key, row.signature};
    }

    Status check_claims(const json::Value& claims, const Client& client,
                        const realms::Snapshot& realm, TimePoint now) const {
        CAMBIST_TRY(const auto issuer, jose::required_string(claims, "iss"));
        CAMBIST_TRY(const auto subject, jose::required_string(claims, "sub"));
        if (issuer != client.client_id.text() || subject != issuer)
            return refuse("iss and sub must both be the client_id");
        CAMBIST_CHECK(check_audience(claims, client, realm));
        CAMBIST_TRY(const auto expires, jose::required_date(claims, "exp"));
        if (expires + kSkew <= now) return refuse("the assertion has expired");
        if (expires > now + kMaxLifetime + kSkew)
            return refuse("exp is more than 10 minutes ahead");
        CAMBIST_TRY(const auto not_before, jose::date_claim(claims, "nbf"));
        if (not_before && *not_before > now + kSkew)
            return refuse("the assertion is not valid yet (nbf)");
        CAMBIST_TRY(const auto issued, jose::date_claim(claims, "iat"));
        if (issued && *issued > now + kSkew) return refuse("iat lies in the future");
        CAMBIST_TRY(const auto jti, jose::required_string(claims, "jti"));
        return take_once(jti, client, realm, expires);
    }

    // The issuer alone, as one value: another address in `aud` is how an attacker's server gets an
    // assertion that is good here (audience injection). Older clients write the token endpoint;
    // a switch of the client admits it.
    static Status check_audience(const json::Value& claims, const Client& client,
                                 const realms::Snapshot& realm) {
        CAMBIST_TRY(const auto audience, jose::strings_claim(claims, "aud"));
        const auto legacy = client.attributes.find("cambist.assertion.audience");
        const bool endpoint_too =
            legacy != client.attributes.end() && legacy->second == "token-endpoint";
        if (audience.size() == 1 &&
            (audience.front() == realm.issuer ||
             (endpoint_too && audience.front() == realm.issuer + "/protocol/openid-connect/token")))
            return {};
        return refuse("aud must be exactly the issuer, " + realm.issuer);
    }

    // Last of all checks, so that a bad assertion can not burn a good one's jti.
    Status take_once(const std::string& jti, const Client& client, const realms::Snapshot& realm,
                     TimePoint expires) const {
        const store::TakeOnce once{"client-assertion", client.client_id.text(),
                                   crypto::sha256_base64url(jti), to_unix(expires + kSkew) + 1};
        auto taken = store_.commit({realm.realm->name.text(), {once}});
        if (!taken && taken.error().code == ErrorCode::kConflict)
            return fail(ErrorCode::kClientAssertionReplayed, "this jti was used before");
        return taken;
    }

    store::Store& store_;
    const trust::ClientKeys& keys_;
};

}  // namespace

std::unique_ptr<Method> make_private_key_jwt(store::Store& store, const trust::ClientKeys& keys) {
    return std::make_unique<PrivateKeyJwt>(store, keys);
}

}  // namespace cambist::clients
