// SPDX-License-Identifier: Apache-2.0
#include "base/base64url.h"

#include <array>
#include <cstdint>

namespace cambist {
namespace {

constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

using Table = std::array<std::uint8_t, 256>;
constexpr Table reverse_of(std::string_view alphabet) {
    Table table{};
    table.fill(0xff);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}
constexpr Table kUrlReverse = reverse_of(kUrl);
constexpr Table kStandardReverse = reverse_of(kStandard);

// Both loops run over every token: they use bare pointers, into buffers of the size they need.
void encode(std::string& out, std::string_view bytes, std::string_view alphabet) {
    const std::size_t before = out.size();
    const std::size_t rest = bytes.size() % 3;
    out.resize(before + bytes.size() / 3 * 4 + (rest ? rest + 1 : 0));
    const char* const letters = alphabet.data();
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto* const end = from + (bytes.size() - rest);
    char* to = out.data() + before;
    for (; from != end; from += 3, to += 4) {
        const std::uint32_t word =
            std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8 | from[2];
        to[0] = letters[word >> 18];
        to[1] = letters[word >> 12 & 63];
        to[2] = letters[word >> 6 & 63];
        to[3] = letters[word & 63];
    }
    if (rest == 0) return;
    const std::uint32_t word =
        std::uint32_t{from[0]} << 16 | (rest == 2 ? std::uint32_t{from[1]} << 8 : 0);
    to[0] = letters[word >> 18];
    to[1] = letters[word >> 12 & 63];
    if (rest == 2) to[2] = letters[word >> 6 & 63];
}

bool decode(std::string& out, std::string_view text, const Table& table) {
    const std::size_t rest = text.size() % 4;
    if (rest == 1) return false;
    const std::size_t before = out.size();
    out.resize(before + text.size() / 4 * 3 + (rest ? rest - 1 : 0));
    const std::uint8_t* const values = table.data();
    const auto* from = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = from + (text.size() - rest);
    char* to = out.data() + before;
    std::uint32_t bad = 0;  // gets its bit 7 from any foreign character
    for (; from != end; from += 4, to += 3) {
        const std::uint32_t a = values[from[0]];
        const std::uint32_t b = values[from[1]];
        const std::uint32_t c = values[from[2]];
        const std::uint32_t d = values[from[3]];
        bad |= a | b | c | d;
        const std::uint32_t word = a << 18 | b << 12 | c << 6 | d;
        to[0] = static_cast<char>(word >> 16);
        to[1] = static_cast<char>(word >> 8);
        to[2] = static_cast<char>(word);
    }
    std::uint32_t left_over = 0;  // bits after the last byte
    if (rest != 0) {
        const std::uint32_t a = values[from[0]];
        const std::uint32_t b = values[from[1]];
        const std::uint32_t c = rest == 3 ? std::uint32_t{values[from[2]]} : 0;
        bad |= a | b | c;
        const std::uint32_t word = a << 18 | b << 12 | c << 6;
        to[0] = static_cast<char>(word >> 16);
        if (rest == 3) to[1] = static_cast<char>(word >> 8);
        left_over = word & (rest == 3 ? 0xffU : 0xffffU);
    }
    if ((bad & 0x80U) == 0 && left_over == 0) return true;
    out.resize(before);
    return false;
}

}  // namespace

void base64url_append(std::string& out, std::string_view bytes) { encode(out, bytes, kUrl); }

std::string base64url_encode(std::string_view bytes) {
    std::string out;
    encode(out, bytes, kUrl);
    return out;
}

bool base64url_decode_append(std::string& out, std::string_view text) {
    return decode(out, text, kUrlReverse);
}

std::optional<std::string> base64url_decode(std::string_view text) {
    std::string out;
    if (!decode(out, text, kUrlReverse)) return std::nullopt;
    return out;
}

std::string base64_encode(std::string_view bytes) {
    std::string out;
    encode(out, bytes, kStandard);
    while (out.size() % 4 != 0) out += '=';
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    if (text.ends_with("=="))
        text.remove_suffix(2);
    else if (text.ends_with('='))
        text.remove_suffix(1);
    std::string out;
    if (!decode(out, text, kStandardReverse)) return std::nullopt;
    return out;
}

std::string hex_encode(std::string_view bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 0x0f];
    }
    return out;
}

std::optional<std::string> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    const auto nibble = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = nibble(text[i]);
        const int low = nibble(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

}  // namespace cambist
