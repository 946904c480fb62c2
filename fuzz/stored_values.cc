// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "store/codec.h"

// A stored value that can be read is written to a text that reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto user = cambist::store::parse_user(text)) {
        const auto once = cambist::store::render_user(*user);
        const auto again = cambist::store::parse_user(once);
        if (!again || cambist::store::render_user(*again) != once) __builtin_trap();
    }
    if (const auto family = cambist::store::parse_family(text)) {
        const auto once = cambist::store::render_family(*family);
        const auto again = cambist::store::parse_family(once);
        if (!again || cambist::store::render_family(*again) != once) __builtin_trap();
    }
    if (const auto handed = cambist::store::parse_handed_over(text)) {
        const auto once = cambist::store::render_handed_over(*handed);
        const auto again = cambist::store::parse_handed_over(once);
        if (!again || cambist::store::render_handed_over(*again) != once) __builtin_trap();
    }
    if (const auto relation = cambist::store::parse_relation(text)) {
        const auto once = cambist::store::render_relation(*relation);
        const auto again = cambist::store::parse_relation(once);
        if (!again || cambist::store::render_relation(*again) != once) __builtin_trap();
    }
    if (const auto key = cambist::store::parse_api_key(text)) {
        const auto once = cambist::store::render_api_key(*key);
        const auto again = cambist::store::parse_api_key(once);
        if (!again || cambist::store::render_api_key(*again) != once) __builtin_trap();
    }
    return 0;
}
