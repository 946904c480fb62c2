// SPDX-License-Identifier: Apache-2.0
#include "audit/display.h"

#include <cstdint>

#include "base/text.h"

namespace cambist::audit {
namespace {

void append_hex(std::string& out, std::uint32_t number) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string digits;
    for (; number > 0 || digits.size() < 2; number /= 16)
        digits.insert(digits.begin(), kDigits[number % 16]);
    out += digits;
}

std::size_t length_of(unsigned char first) {
    if (first < 0x80) return 1;
    if (first < 0xe0) return 2;
    return first < 0xf0 ? 3 : 4;
}

std::uint32_t code_point_of(std::string_view utf8) {
    if (utf8.size() == 1) return static_cast<unsigned char>(utf8[0]);
    std::uint32_t code = static_cast<unsigned char>(utf8[0]) & (0xffU >> (utf8.size() + 1));
    for (const char byte : utf8.substr(1))
        code = code << 6U | (static_cast<unsigned char>(byte) & 0x3fU);
    return code;
}

// Unicode's C0, C1, separators, and the format characters that change how others are read.
bool is_dangerous(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xe0000 && code <= 0xe007f);
}

}  // namespace

std::string display(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = length_of(static_cast<unsigned char>(text[0]));
        const std::string_view character = text.substr(0, length);
        if (character.size() < length || !is_valid_utf8(character)) {
            shown += "\\x";
            append_hex(shown, static_cast<unsigned char>(text[0]));
            text.remove_prefix(1);
            continue;
        }
        if (const auto code = code_point_of(character); is_dangerous(code)) {
            shown += "\\u{";
            append_hex(shown, code);
            shown += '}';
        } else {
            shown += character;
        }
        text.remove_prefix(length);
    }
    return shown;
}

std::string display(const std::vector<std::string>& texts) { return display(join(texts, ", ")); }

}  // namespace cambist::audit
