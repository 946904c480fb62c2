// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "postgresql/query.h"
#include "postgresql/url.h"

// A URL that is refused is refused with one and the same text, so that no part of it (which may be
// of a password) can be in it. Every text comes back from its stored form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using cambist::postgresql::Url;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto url = Url::parse(text);
    if (!url && url.error().describe() != Url::parse("").error().describe()) __builtin_trap();
    if (url && !url->shown().starts_with("postgresql://")) __builtin_trap();
    const auto stored = cambist::postgresql::to_stored(text);
    if (cambist::postgresql::from_stored(stored) != text) __builtin_trap();
    if (stored.find('\0') != std::string::npos) __builtin_trap();
    return 0;
}
