// SPDX-License-Identifier: Apache-2.0
#include "app/published_keys.h"

#include <string>
#include <utility>

namespace cambist::app {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kSaml = "application/samlmetadata+xml, application/xml, text/xml;q=0.9";

// Whose keys they are is known where they are needed: the text is kept as it came.
Result<std::shared_ptr<const std::string>> keep(const std::string& /*url*/, std::string_view body) {
    return std::make_shared<const std::string>(body);
}

// There are few of them, and they change seldom.
trust::PublishedSettings for_saml() {
    trust::PublishedSettings settings;
    settings.documents = 1000;
    settings.threads = 4;
    settings.patient_threads = 1;
    settings.failed_event = "saml_metadata_not_fetched";
    return settings;
}

}  // namespace

PublishedKeys::PublishedKeys(outbound::Client client, const Clock& clock, Log& log)
    : client_(std::move(client)),
      discovery_([this](const std::string& url) { return client_.get(url, kJson); }, clock, log,
                 {}),
      sets_(trust::discovering(
                [this](const std::string& url) { return client_.get(url, trust::kKeySetTypes); },
                discovery_),
            clock, log, {}),
      remote_([this](const outbound::Request& request) { return client_.send(request); }, clock,
              log, {}),
      saml_metadata_([this](const std::string& url) { return client_.get(url, kSaml); }, keep,
                     clock, log, for_saml()),
      client_keys_(&sets_) {}

Result<std::unique_ptr<PublishedKeys>> PublishedKeys::make(const outbound::Settings& settings,
                                                           const Clock& clock, Log& log) {
    CAMBIST_TRY(auto client, outbound::Client::make(settings));
    return std::unique_ptr<PublishedKeys>(new PublishedKeys(std::move(client), clock, log));
}

}  // namespace cambist::app
