// SPDX-License-Identifier: Apache-2.0
#include "crypto/ecdsa_der.h"

#include <algorithm>

namespace cambist::crypto {
namespace {

constexpr unsigned char kSequence = 0x30;
constexpr unsigned char kInteger = 0x02;
constexpr unsigned char kSign = 0x80;     // of a number, and of a length that takes a second byte
constexpr unsigned char kOneMore = 0x81;  // the length is in the next byte

std::string_view without_zeros(std::string_view number) {
    number.remove_prefix(std::min(number.find_first_not_of('\0'), number.size()));
    return number;
}

// INTEGER is signed: a number with its first bit set gets a zero in front.
bool needs_zero(std::string_view number) {
    return (static_cast<unsigned char>(number.front()) & kSign) != 0;
}

std::size_t content_size(std::string_view number) { return number.size() + needs_zero(number); }

void append_integer(EcdsaDer& der, std::string_view number) {
    der.bytes.at(der.size++) = kInteger;
    der.bytes.at(der.size++) = static_cast<unsigned char>(content_size(number));
    if (needs_zero(number)) der.bytes.at(der.size++) = 0;
    CAMBIST_ASSERT(der.size + number.size() <= EcdsaDer::kMax);
    std::ranges::copy(number, der.bytes.begin() + static_cast<std::ptrdiff_t>(der.size));
    der.size += number.size();
}

std::unexpected<Error> unreadable() {
    return fail(ErrorCode::kCrypto, "the signature made can not be read");
}

// One byte, which must be there.
bool take(std::string_view& rest, unsigned char& byte) {
    if (rest.empty()) return false;
    byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    return true;
}

// The contents of the INTEGER at the front, right-aligned in `half` bytes at the end of `raw`.
bool take_integer(std::string_view& rest, std::size_t half, std::string& raw) {
    unsigned char tag = 0;
    unsigned char size = 0;
    if (!take(rest, tag) || tag != kInteger || !take(rest, size) || size > rest.size())
        return false;
    const auto number = without_zeros(rest.substr(0, size));
    rest.remove_prefix(size);
    if (number.empty() || number.size() > half) return false;
    raw.append(half - number.size(), '\0').append(number);
    return true;
}

}  // namespace

Result<EcdsaDer> ecdsa_to_der(std::string_view raw, std::size_t half) {
    if (raw.size() != 2 * half)
        return fail(ErrorCode::kCrypto, "the signature has the wrong length");
    const auto r = without_zeros(raw.substr(0, half));
    const auto s = without_zeros(raw.substr(half));
    if (r.empty() || s.empty())
        return fail(ErrorCode::kCrypto, "a number of the signature is zero");
    EcdsaDer der;
    const auto size = 4 + content_size(r) + content_size(s);
    der.bytes.at(der.size++) = kSequence;
    if (size >= kSign) der.bytes.at(der.size++) = kOneMore;
    der.bytes.at(der.size++) = static_cast<unsigned char>(size);
    append_integer(der, r);
    append_integer(der, s);
    return der;
}

Result<std::string> ecdsa_to_raw(std::string_view der, std::size_t half) {
    unsigned char tag = 0;
    unsigned char size = 0;
    if (!take(der, tag) || tag != kSequence || !take(der, size)) return unreadable();
    if (size == kOneMore && !take(der, size)) return unreadable();
    std::string raw;
    raw.reserve(2 * half);
    if (size != der.size() || !take_integer(der, half, raw) || !take_integer(der, half, raw) ||
        !der.empty())
        return unreadable();
    return raw;
}

}  // namespace cambist::crypto
