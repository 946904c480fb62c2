// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "outbound/answer_reader.h"

namespace cambist::trust {

struct PublishedSettings {
    std::chrono::milliseconds patience{3000};  // that a request waits for a fetch
    std::size_t waiting = 8;                   // requests that wait at a time
    Seconds usual_age{300};                    // where the answer does not say
    Seconds least_age{60};                     // bounds of what it says
    Seconds most_age{3600};
    Seconds stale{86400};  // how long the last good document serves while its server is away
    Seconds pause{10};     // between two tries of one URL, as in Keycloak
    std::size_t documents = 10'000;
    std::size_t queue = 1000;
    std::size_t threads = 8;
    // Of them; the others leave URLs alone whose last try failed: servers that do not answer must
    // not keep all fetchers from those that do.
    std::size_t patient_threads = 2;
    std::string_view failed_event = "document_not_fetched";  // how the log calls a failure
};

// To end the hint of whoever goes without the document: its asker may know that many ask at once,
// and try again. What is the matter with the other server is for the operator alone. Else empty.
std::string why_busy(const Error& why);

// Documents that others publish at an URL, read and kept: fresh for as long as their server says
// (within bounds) and fetched again a little before, one flight an URL, the last good one while the
// server is away. A resource with threads of its own; functions from any thread. Made for the
// documents that published.cc names.
template <class Document>
class Published {
  public:
    using Shared = std::shared_ptr<const Document>;
    using Fetch = std::function<Result<outbound::Answer>(const std::string& url)>;
    using Read = std::function<Result<Shared>(const std::string& url, std::string_view body)>;

    // `clock` and `log` must outlive this; `fetch` and `read` are called from several threads.
    Published(Fetch fetch, Read read, const Clock& clock, Log& log,
              const PublishedSettings& settings);
    Published(const Published&) = delete;
    Published& operator=(const Published&) = delete;
    // Waits for fetches that are under way.
    ~Published();

    // The document at this URL: fetched if it is not fresh; the last good one if that fails or
    // takes too long. kOutboundRefused, kOutboundFailed, kOutboundBusy when too many wait already,
    // and what reading it says.
    Result<Shared> current(const std::string& url) const;
    // For what `known` has not: a newer one, if it can be had now, else `known`.
    Shared newer(const std::string& url, const Shared& known) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cambist::trust
