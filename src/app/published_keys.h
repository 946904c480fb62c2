// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "outbound/client.h"
#include "trust/client_keys.h"
#include "trust/discovery.h"
#include "trust/remote.h"

namespace cambist::app {

// The keys of clients, with the guarded client that fetches what they publish and the threads that
// do it. A resource.
class PublishedKeys {
  public:
    // Both must outlive this. kConfigInvalid names the setting that is wrong.
    static Result<std::unique_ptr<PublishedKeys>> make(const outbound::Settings& settings,
                                                       const Clock& clock, Log& log);
    const trust::ClientKeys& client_keys() const { return client_keys_; }
    const trust::Discovery& discovery() const { return discovery_; }
    const trust::Remote& remote() const { return remote_; }
    const trust::KeySets& key_sets() const { return sets_; }
    // The metadata of identity providers that speak SAML.
    const trust::Published<std::string>& saml_metadata() const { return saml_metadata_; }

  private:
    PublishedKeys(outbound::Client client, const Clock& clock, Log& log);

    outbound::Client client_;
    trust::Discovery discovery_;
    trust::KeySets sets_;  // whose threads ask discovery_
    trust::Remote remote_;
    trust::Published<std::string> saml_metadata_;
    trust::ClientKeys client_keys_;
};

}  // namespace cambist::app
