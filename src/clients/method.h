// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "clients/presented.h"
#include "clients/trusted_certificates.h"
#include "realms/snapshot.h"
#include "store/store.h"
#include "trust/client_keys.h"

namespace cambist::issuers {
class ForeignTokens;
}

namespace cambist::clients {

// One way in which a client proves who it is. The client is known, enabled and registered for the
// method when check() is called. Thread-safe.
class Method {
  public:
    virtual ~Method() = default;
    virtual ClientAuthMethod method() const = 0;
    virtual Status check(const Presented& presented, const Client& client,
                         const realms::Snapshot& realm, TimePoint now) const = 0;
};

std::unique_ptr<Method> make_none();
std::unique_ptr<Method> make_secret(ClientAuthMethod method);
std::unique_ptr<Method> make_private_key_jwt(store::Store& store, const trust::ClientKeys& keys,
                                             const issuers::ForeignTokens* foreign);
std::unique_ptr<Method> make_client_secret_jwt(store::Store& store);
std::unique_ptr<Method> make_tls_client_auth(const TrustedCertificates& trusted);
std::unique_ptr<Method> make_self_signed_tls(const trust::ClientKeys& keys);

// Which of both a client with clientAuthenticatorType client-x509 is registered for.
ClientAuthMethod tls_method_of(const Client& client);

// kClientMethodMismatch, with the method that came and the one the client is registered for.
std::unexpected<Error> refuse_method(ClientAuthMethod got, const Client& client);

// The list: a method that is not here is not served.
std::vector<std::unique_ptr<Method>> make_methods(store::Store& store,
                                                  const trust::ClientKeys& keys,
                                                  const TrustedCertificates& trusted,
                                                  const issuers::ForeignTokens* foreign);

}  // namespace cambist::clients
