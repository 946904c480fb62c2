// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/request_rules.h"
#include "http/text.h"

using namespace cambist;

// A path that the gateway lets on is the same place for whoever decodes it, once or twice, and
// takes parameters for a part of names or not. The same text as cookies: a value is one cookie's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (gateway::is_plain_path(text)) {
        const auto once = http::percent_decode(text);
        CAMBIST_ASSERT(once && !once->contains('\\') && !once->contains('%'));
        for (const auto* bad : {"//", "/./", "/../", "/.;", "/..;", "/;"})
            CAMBIST_ASSERT(!once->contains(bad));
        CAMBIST_ASSERT(!once->ends_with("/.") && !once->ends_with("/.."));
        for (const char c : *once) CAMBIST_ASSERT(static_cast<unsigned char>(c) >= 0x20);
    }
    const auto value = gateway::cookie_of({text}, "a");
    CAMBIST_ASSERT(!value.contains(';'));
    if (!value.empty()) CAMBIST_ASSERT(text.contains("a=" + value));
    CAMBIST_ASSERT(gateway::cookie_of({text, text}, "a").empty());
    return 0;
}
