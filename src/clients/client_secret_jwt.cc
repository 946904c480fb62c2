// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/base64url.h"
#include "base/secret.h"
#include "base/text.h"
#include "clients/assertion.h"
#include "clients/method.h"
#include "clients/secrets.h"
#include "crypto/digest.h"

namespace cambist::clients {
namespace {

// RFC 7518 section 3.2. These stand here and not in jose/: nothing else may ever take an HMAC for a
// signature.
struct Hmac {
    std::string_view name;
    crypto::Hash hash;
    std::size_t least_key;  // bytes; "a key of the same size as the hash output or larger"
};
constexpr std::array<Hmac, 3> kHmacs{{{"HS256", crypto::Hash::kSha256, 32},
                                      {"HS384", crypto::Hash::kSha384, 48},
                                      {"HS512", crypto::Hash::kSha512, 64}}};

Result<const Hmac*> find_hmac(const jose::Header& header, const Client& client) {
    const auto found = std::ranges::find(kHmacs, header.alg, &Hmac::name);
    if (found == kHmacs.end())
        return refuse_assertion("got alg " + printable(header.alg, 20) + ", client '" +
                                client.client_id.text() + "' must use " +
                                (client.assertion_algorithm.empty() ? "HS256, HS384 or HS512"
                                                                    : client.assertion_algorithm));
    if (!client.assertion_algorithm.empty() && client.assertion_algorithm != header.alg)
        return refuse_assertion("alg must be " + client.assertion_algorithm);
    return &*found;
}

// OpenID Connect Core section 9: an assertion as of private_key_jwt, signed with the client's
// secret.
class ClientSecretJwt final : public Method {
  public:
    explicit ClientSecretJwt(store::Store& store) : store_(store) {}
    ClientAuthMethod method() const override { return ClientAuthMethod::kClientSecretJwt; }

    Status check(const Presented& presented, const Client& client, const realms::Snapshot& realm,
                 TimePoint now) const override {
        if (client.authenticator != ClientAuthenticator::kSecretJwt || client.is_public())
            return refuse_method(method(), client);
        const auto verified = verify(presented.assertion, client, now);
        if (!verified) return std::unexpected(verified.error());
        return check_assertion(*verified, client, realm, store_, now);
    }

  private:
    static Result<jose::VerifiedJws> verify(std::string_view assertion, const Client& client,
                                            TimePoint now) {
        const auto compact = jose::split_compact(assertion);
        if (!compact) return refuse_assertion("it is no JWT", compact.error().describe());
        auto header = jose::parse_header(compact->header_b64);
        if (!header)
            return refuse_assertion("its header can not be read", header.error().describe());
        const auto signature = base64url_decode(compact->signature_b64);
        auto payload = base64url_decode(compact->payload_b64);
        if (!signature || !payload) return refuse_assertion("a part of it is not base64url");
        CAMBIST_TRY(const auto* hmac, find_hmac(*header, client));
        CAMBIST_TRY(const auto secrets, live_secrets(client, now));
        bool long_enough = false;
        bool right = false;
        for (const auto* secret : secrets) {
            if (secret == nullptr || secret->expose().size() < hmac->least_key) continue;
            long_enough = true;
            const auto expected =
                crypto::hmac(hmac->hash, secret->expose(), compact->signing_input);
            if (equal_in_constant_time(expected, *signature)) right = true;
        }
        if (!long_enough)
            return refuse_assertion("the secret of client '" + client.client_id.text() +
                                    "' is too short for " + header->alg + ", which needs " +
                                    std::to_string(hmac->least_key) +
                                    " bytes (RFC 7518 section 3.2)");
        if (!right) return refuse_assertion("the signature is not made with the client's secret");
        return jose::VerifiedJws{*std::move(header), *std::move(payload)};
    }

    store::Store& store_;
};

}  // namespace

std::unique_ptr<Method> make_client_secret_jwt(store::Store& store) {
    return std::make_unique<ClientSecretJwt>(store);
}

}  // namespace cambist::clients
