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

std::uint32_t byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

void encode(std::string& out, std::string_view bytes, std::string_view alphabet) {
    std::size_t at = out.size();
    const std::size_t rest = bytes.size() % 3;
    out.resize(at + bytes.size() / 3 * 4 + (rest ? rest + 1 : 0));
    std::size_t i = 0;
    for (; i + 2 < bytes.size(); i += 3) {
        const auto word =
            byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
        out[at++] = alphabet[word >> 18];
        out[at++] = alphabet[word >> 12 & 63];
        out[at++] = alphabet[word >> 6 & 63];
        out[at++] = alphabet[word & 63];
    }
    if (rest == 0) return;
    const auto word = byte_at(bytes, i) << 16 | (rest == 2 ? byte_at(bytes, i + 1) << 8 : 0);
    out[at++] = alphabet[word >> 18];
    out[at++] = alphabet[word >> 12 & 63];
    if (rest == 2) out[at] = alphabet[word >> 6 & 63];
}

bool decode(std::string& out, std::string_view text, const Table& table) {
    const std::size_t rest = text.size() % 4;
    if (rest == 1) return false;
    const std::size_t before = out.size();
    std::size_t at = before;
    out.resize(before + text.size() / 4 * 3 + (rest ? rest - 1 : 0));
    std::uint32_t bad = 0;
    std::size_t i = 0;
    const auto six = [&](std::size_t k) {
        const std::uint32_t value = table[static_cast<unsigned char>(text[k])];
        bad |= value & 0x80;
        return value & 63;
    };
    for (; i + 3 < text.size(); i += 4) {
        const auto word = six(i) << 18 | six(i + 1) << 12 | six(i + 2) << 6 | six(i + 3);
        out[at++] = static_cast<char>(word >> 16);
        out[at++] = static_cast<char>(word >> 8);
        out[at++] = static_cast<char>(word);
    }
    if (rest != 0) {
        const auto word = six(i) << 18 | six(i + 1) << 12 | (rest == 3 ? six(i + 2) << 6 : 0);
        out[at++] = static_cast<char>(word >> 16);
        if (rest == 3) out[at] = static_cast<char>(word >> 8);
        bad |= word & (rest == 3 ? 0xffU : 0xffffU);
    }
    if (bad == 0) return true;
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
