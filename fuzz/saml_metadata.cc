// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "saml/date_time.h"
#include "saml/metadata.h"

// Metadata that is read has a key and has not expired; times and durations that are read are sane.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto now = from_unix(1'800'000'000);
    if (const auto read = saml::parse_metadata(text, "https://idp.example/metadata", now)) {
        CAMBIST_ASSERT(!read->signing_keys.empty());
        CAMBIST_ASSERT(!read->valid_until || *read->valid_until > now);
    }
    if (const auto time = saml::parse_date_time(text)) CAMBIST_ASSERT(to_unix(*time) >= 0);
    if (const auto duration = saml::parse_duration(text)) CAMBIST_ASSERT(duration->count() >= 0);
    return 0;
}
