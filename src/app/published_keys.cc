// SPDX-License-Identifier: Apache-2.0
#include "app/published_keys.h"

#include <string>
#include <utility>

namespace cambist::app {

PublishedKeys::PublishedKeys(outbound::Client client, const Clock& clock, Log& log)
    : client_(std::move(client)),
      sets_([this](const std::string& url) { return client_.get(url, trust::kKeySetTypes); }, clock,
            log, {}),
      client_keys_(&sets_) {}

Result<std::unique_ptr<PublishedKeys>> PublishedKeys::make(const outbound::Settings& settings,
                                                           const Clock& clock, Log& log) {
    CAMBIST_TRY(auto client, outbound::Client::make(settings));
    return std::unique_ptr<PublishedKeys>(new PublishedKeys(std::move(client), clock, log));
}

}  // namespace cambist::app
