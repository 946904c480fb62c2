// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "gateway/settings.h"
#include "outbound/url.h"

using namespace cambist;

// What is accepted can be served: every URL is one that is called, over TLS unless it is named as
// an exception, and the longest path is looked at first.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto* name : {"f.yaml", "f.json"}) {
        const auto settings = gateway::read_settings(text, name);
        if (!settings) {
            CAMBIST_ASSERT(!settings.error().hint.empty());
            continue;
        }
        CAMBIST_ASSERT(!settings->services.empty() && settings->http.listeners.size() == 1);
        CAMBIST_ASSERT(outbound::parse_url(settings->realm) && !settings->origin.ends_with('/'));
        std::size_t longest = settings->services.front().path.size();
        for (const auto& service : settings->services) {
            CAMBIST_ASSERT(outbound::parse_url(service.url) && service.path.size() <= longest);
            CAMBIST_ASSERT(service.timeout <= settings->outbound.timeout);
            longest = service.path.size();
        }
    }
    return 0;
}
