// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "crypto/trust_store.h"

namespace cambist::clients {

// The authorities whose certificates prove a client (tls_client_auth), from PEM files. Any thread.
class TrustedCertificates {
  public:
    // All files, or none of them: then what was loaded before stays. kConfigInvalid names the file.
    Status load(const std::vector<std::string>& files);
    // Null: nobody is trusted.
    std::shared_ptr<const crypto::TrustStore> current() const;

  private:
    Guarded<std::shared_ptr<const crypto::TrustStore>> store_;
};

}  // namespace cambist::clients
