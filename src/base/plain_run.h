// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cambist {

// How many bytes at the front of `text` are ASCII that stands for itself in a JSON string: no
// control character, quote or backslash. Looks at eight at a time, so it may stop up to seven
// early; zero tells nothing of the first byte.
inline std::size_t plain_run(std::string_view text) {
    constexpr std::uint64_t kOnes = 0x0101010101010101U;
    constexpr std::uint64_t kHighs = 0x8080808080808080U;
    const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word; };
    std::size_t run = 0;
    for (; text.size() - run >= sizeof(std::uint64_t); run += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + run, sizeof(word));
        const auto found = word | (word - kOnes * 0x20) | has_zero(word ^ (kOnes * '"')) |
                           has_zero(word ^ (kOnes * '\\')) | has_zero(word ^ (kOnes * 0x7f));
        if ((found & kHighs) != 0) break;
    }
    return run;
}

}  // namespace cambist
