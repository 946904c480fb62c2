// SPDX-License-Identifier: Apache-2.0
#include "clients/method.h"
#include "clients/secrets.h"

namespace cambist::clients {
namespace {

// A public client only says its name (RFC 6749 section 2.3.1): it proves nothing.
class None final : public Method {
  public:
    ClientAuthMethod method() const override { return ClientAuthMethod::kNone; }
    Status check(const Presented&, const Client& client, const realms::Snapshot&,
                 TimePoint) const override {
        if (client.is_public()) return {};
        return fail(ErrorCode::kClientSecretWrong, "client '" + client.client_id.text() +
                                                       "' is confidential: send its credentials");
    }
};

// client_secret_basic and client_secret_post: the same secret by another way.
class SecretMethod final : public Method {
  public:
    explicit SecretMethod(ClientAuthMethod method) : method_(method) {}
    ClientAuthMethod method() const override { return method_; }
    Status check(const Presented& presented, const Client& client, const realms::Snapshot&,
                 TimePoint now) const override {
        if (client.authenticator != ClientAuthenticator::kSecret || client.is_public())
            return refuse_method(method_, client);
        CAMBIST_TRY(const auto secrets, live_secrets(client, now));
        bool right = false;
        // All of them, so that the time does not tell which one it is near to.
        for (const auto* secret : secrets)
            if (secret != nullptr && presented.secret == *secret) right = true;
        if (right) return {};
        return fail(ErrorCode::kClientSecretWrong,
                    "the secret of client '" + client.client_id.text() + "' is another one");
    }

  private:
    ClientAuthMethod method_;
};

}  // namespace

std::unique_ptr<Method> make_none() { return std::make_unique<None>(); }
std::unique_ptr<Method> make_secret(ClientAuthMethod method) {
    return std::make_unique<SecretMethod>(method);
}

}  // namespace cambist::clients
