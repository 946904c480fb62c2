// SPDX-License-Identifier: Apache-2.0
#include "clients/trusted_certificates.h"

#include "base/files.h"

namespace cambist::clients {

Status TrustedCertificates::load(const std::vector<std::string>& files) {
    std::string all;
    for (const auto& file : files) {
        CAMBIST_TRY(const auto pem, read_file(file));
        // One by one first, so that the fault names its file.
        if (const auto one = crypto::TrustStore::from_pem(pem); !one)
            return fail(ErrorCode::kConfigInvalid,
                        "clientTrust '" + file + "': " + one.error().hint, one.error().detail);
        all += pem + "\n";
    }
    std::shared_ptr<const crypto::TrustStore> fresh;
    if (!files.empty()) {
        CAMBIST_TRY(fresh, crypto::TrustStore::from_pem(all));
    }
    store_.change([&](auto& store) { store.swap(fresh); });
    return {};
}

std::shared_ptr<const crypto::TrustStore> TrustedCertificates::current() const {
    return store_.with([](const auto& store) { return store; });
}

}  // namespace cambist::clients
