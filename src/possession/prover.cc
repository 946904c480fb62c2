// SPDX-License-Identifier: Apache-2.0
#include "possession/prover.h"

#include "crypto/certificate.h"
#include "crypto/digest.h"

namespace cambist::possession {
namespace {

constexpr std::string_view kTokenAddress = "/protocol/openid-connect/token";

// The same proof again has the same id; another key or another address has another one (RFC 9449
// section 11.1: unique "in the context of the URI").
Possession::OneTime one_time_of(const CheckedProof& proof) {
    return {.id = crypto::sha256_base64url(proof.jkt + "\n" + proof.htu + "\n" + proof.jti),
            .expires = proof.issued_at + (kMaxProofAge + kProofSkew).count() + 1};
}

std::string certificate_of(const Caller& caller) {
    return caller.certificates.empty() ? std::string()
                                       : crypto::x5t_s256(caller.certificates.front());
}

std::unexpected<Error> refuse_token(std::string detail) {
    return fail(ErrorCode::kBearerInvalid, {}, std::move(detail));
}

}  // namespace

Result<CheckedProof> Prover::check(const std::vector<std::string>& headers, Expectation expected,
                                   std::string_view address, const realms::Snapshot& realm) const {
    expected.urls.push_back(realm.issuer + std::string(address));
    if (const auto mtls = mtls_issuer(realm.issuer); !mtls.empty())
        expected.urls.push_back(mtls + std::string(address));
    CAMBIST_TRY(auto proof, check_proof(headers, expected));
    const auto& name = realm.realm->name.text();
    if (realm.realm->dpop_nonce && !nonces_.is_fresh(name, proof.nonce, expected.now))
        return fail(ErrorCode::kDpopNonceRequired,
                    proof.nonce.empty() ? "the proof has no nonce" : "the nonce is too old");
    return proof;
}

Result<Possession> Prover::prove(const TokenRequest& request, const AuthenticatedClient& client,
                                 const realms::Snapshot& realm) const {
    const Client& asker = client.client();
    const auto& caller = request.caller;
    Confirmation keys;
    Possession::OneTime one_time;
    keys.x5t_s256 = certificate_of(caller);
    if (asker.certificate_bound && keys.x5t_s256.empty())
        return fail(ErrorCode::kCertificateMissing,
                    "client '" + asker.client_id.text() +
                        "' has tls.client.certificate.bound.access.tokens: let it connect with "
                        "its certificate");
    if (!caller.dpop.empty()) {
        CAMBIST_TRY(
            const auto proof,
            check(caller.dpop,
                  {.method = "POST", .urls = {}, .now = request.at, .access_token = std::nullopt},
                  kTokenAddress, realm));
        keys.jkt = proof.jkt;
        one_time = one_time_of(proof);
    } else if (asker.dpop_bound) {
        return fail(ErrorCode::kDpopProofMissing, "client '" + asker.client_id.text() +
                                                      "' has dpop.bound.access.tokens: send a "
                                                      "DPoP header (RFC 9449 section 5)");
    }
    return Possession(Possession::Proof(), std::move(keys), std::move(one_time));
}

Status Prover::check_access(const Access& access, const TokenFacts& token,
                            const realms::Snapshot& realm, TimePoint now) const {
    if (token.is_bound && token.cnf.empty())
        return refuse_token("bound by a cnf that this server can not prove");
    if (!token.cnf.x5t_s256.empty() && token.cnf.x5t_s256 != certificate_of(*access.caller))
        return refuse_token("bound to another TLS client certificate than came, or none came");
    if (access.by_dpop != !token.cnf.jkt.empty())
        return refuse_token(access.by_dpop ? "not bound to a DPoP key, sent with scheme DPoP"
                                           : "bound to a DPoP key, sent as bearer");
    if (!access.by_dpop) return {};
    CAMBIST_TRY(
        const auto proof,
        check(access.caller->dpop,
              {.method = access.method, .urls = {}, .now = now, .access_token = access.token},
              access.address, realm));
    if (proof.jkt != token.cnf.jkt) return refuse_token("bound to another key than the proof's");
    const auto one = one_time_of(proof);
    auto taken =
        store_.commit({realm.realm->name.text(),
                       {store::TakeOnce{std::string(kProofPurpose), "", one.id, one.expires}}});
    if (!taken && taken.error().code == ErrorCode::kConflict)
        return fail(ErrorCode::kDpopProofReplayed, "make a proof for every request");
    return taken;
}

std::string Prover::mtls_issuer(const std::string& issuer) const {
    // A realm with a host name of its own (frontendUrl) has no listener of its own.
    if (mtls_base_.empty() || !issuer.starts_with(base_url_ + "/")) return {};
    return mtls_base_ + issuer.substr(base_url_.size());
}

std::string Prover::fresh_nonce(const Realm& realm, TimePoint now) const {
    return realm.dpop_nonce ? nonces_.make(realm.name.text(), now) : std::string();
}

}  // namespace cambist::possession
