// SPDX-License-Identifier: Apache-2.0
#include "base/pattern.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What we take for a pattern can be asked in time; one without special characters matches itself
// and nothing else. The first line is the pattern, the rest the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using cambist::Pattern;
    const std::string all(reinterpret_cast<const char*>(data), size);
    const auto end = all.find('\n');
    const std::string text = all.substr(0, end);
    const std::string subject = end == std::string::npos ? std::string() : all.substr(end + 1);
    const auto pattern = Pattern::compile(text);
    if (!pattern) return 0;
    const auto answer = pattern->matches(subject);
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (!std::ranges::all_of(text, is_plain)) return 0;
    if (pattern->matches(text) != Pattern::Answer::kYes) __builtin_trap();
    if (answer == Pattern::Answer::kYes && subject != text) __builtin_trap();
    return 0;
}
