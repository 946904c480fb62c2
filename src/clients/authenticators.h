// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "clients/method.h"
#include "model/flow.h"
#include "realms/snapshot.h"
#include "store/store.h"

namespace cambist::clients {

// Finds out which client a request comes from and proves it. The only maker of
// AuthenticatedClient. Thread-safe. Fails with the kClient... codes; those whose cause would tell
// existing clients from missing ones share one neutral row.
class ClientAuthenticators {
  public:
    // All must outlive this. `foreign` may be null: no client proves itself by another issuer's
    // token then.
    ClientAuthenticators(store::Store& store, const trust::ClientKeys& keys,
                         const TrustedCertificates& trusted,
                         const issuers::ForeignTokens* foreign = nullptr)
        : methods_(make_methods(store, keys, trusted, foreign)) {}

    Result<AuthenticatedClient> authenticate(const realms::Snapshot& realm, const Form& form,
                                             const Caller& caller, TimePoint now) const;

  private:
    std::vector<std::unique_ptr<Method>> methods_;
};

}  // namespace cambist::clients
