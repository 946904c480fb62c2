// SPDX-License-Identifier: Apache-2.0
#include "config/settings.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace cambist;

bool is_clean(std::string_view text) {
    return std::ranges::all_of(text, [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte == '\n' || (byte >= 0x20 && byte != 0x7f);
    });
}

void check_listener(const http::Listener& listener) {
    CAMBIST_ASSERT(!listener.host.empty());
    const auto again = config::parse_listener(
        "[" + listener.host + "]:" + std::to_string(listener.port), listener.kind);
    CAMBIST_ASSERT(again.has_value() && again->port == listener.port);
    CAMBIST_ASSERT(again->host == listener.host);
}

}  // namespace

// What is refused is told without a control character; what is accepted has listeners that are
// written and read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 16UL * 1024) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto listener = config::parse_listener(text, http::ListenerKind::kPublic);
    if (listener)
        check_listener(*listener);
    else
        CAMBIST_ASSERT(is_clean(listener.error().hint));
    for (const auto* file : {"fuzz.json", "fuzz.yaml"}) {
        config::Settings settings;
        const auto read = config::read_settings(text, file, settings);
        if (!read) {
            CAMBIST_ASSERT(is_clean(read.error().hint));
            continue;
        }
        for (const auto& each : settings.http.listeners) check_listener(each);
        const auto checked = config::check_settings(settings);
        CAMBIST_ASSERT(checked || is_clean(checked.error().hint));
    }
    return 0;
}
