// SPDX-License-Identifier: Apache-2.0
#include "crypto/p256_inverse.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

namespace cambist::crypto {
namespace {

__extension__ using Wide = unsigned __int128;
__extension__ using SignedWide = __int128;
constexpr std::size_t kWords = 4;
constexpr int kWordBits = 64;
// Steps that are taken on a look at the highest and lowest bits alone, before all bits follow.
constexpr int kSteps = 30;
constexpr std::uint64_t kLowBits = (std::uint64_t{1} << kSteps) - 1;

// -1 / order modulo 2^64, by Newton's steps: each doubles the bits that are right.
constexpr std::uint64_t negative_inverse_of_order() {
    std::uint64_t inverse = 1;
    for (int right = 1; right < kWordBits; right *= 2) inverse *= 2 - kP256Order[0] * inverse;
    return 0 - inverse;
}
constexpr std::uint64_t kToEven = negative_inverse_of_order();

bool is_less(const Words& a, const Words& b) {
    for (std::size_t i = kWords; i-- > 0;)
        if (a[i] != b[i]) return a[i] < b[i];
    return false;
}

// With the carry out of the highest word.
std::uint64_t add(Words& a, const Words& b) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
        const Wide sum = Wide{a[i]} + b[i] + carry;
        a[i] = static_cast<std::uint64_t>(sum);
        carry = static_cast<std::uint64_t>(sum >> kWordBits);
    }
    return carry;
}

void negate(Words& a) {
    std::uint64_t carry = 1;
    for (auto& word : a) {
        word = ~word + carry;
        carry = carry & static_cast<std::uint64_t>(word == 0);
    }
}

// What kSteps steps make of a pair: (a f0 + b g0, a f1 + b g1) / 2^kSteps. All within ±2^kSteps.
struct Factors {
    std::int64_t f0, g0, f1, g1;
};

// f and g of one number side by side in one word, so that both are added and shifted at once.
std::pair<std::int64_t, std::int64_t> unpack(std::uint64_t both) {
    const auto f = static_cast<std::int32_t>(static_cast<std::uint32_t>(both));
    const auto g = static_cast<std::int64_t>(both - static_cast<std::uint64_t>(std::int64_t{f}));
    return {f, g >> 32};
}

// The steps of the binary algorithm of Euclid on a and b, b odd: an odd `a` loses the smaller one
// of the two, an even one is halved. Without a branch, since it would be guessed wrong every other
// time.
Factors find_factors(std::uint64_t a, std::uint64_t b) {
    std::uint64_t to_a = 1;
    std::uint64_t to_b = std::uint64_t{1} << 32;
    for (int i = 0; i < kSteps; ++i) {
        const auto odd = 0 - (a & 1U);
        const auto swap = odd & (0 - static_cast<std::uint64_t>(a < b));
        const auto change = (a ^ b) & swap;
        const auto change_factors = (to_a ^ to_b) & swap;
        a ^= change;
        b ^= change;
        to_a ^= change_factors;
        to_b ^= change_factors;
        a = (a - (b & odd)) >> 1U;
        to_a -= to_b & odd;
        to_b <<= 1U;
    }
    const auto [f0, g0] = unpack(to_a);
    const auto [f1, g1] = unpack(to_b);
    return {f0, g0, f1, g1};
}

// The highest bits of both, of the same place, above the lowest ones.
std::pair<std::uint64_t, std::uint64_t> look_at(const Words& a, const Words& b) {
    std::size_t top = kWords - 1;
    while (top > 0 && (a[top] | b[top]) == 0) --top;
    if (top == 0) return {a[0], b[0]};
    const int unused = std::countl_zero(a[top] | b[top]);
    const auto high = [&](const Words& words) {
        const auto both = Wide{words[top]} << kWordBits | words[top - 1];
        const auto bits = static_cast<std::uint64_t>(both << unused >> kWordBits);
        return (bits & ~kLowBits) | (words[0] & kLowBits);
    };
    return {high(a), high(b)};
}

// a f + b g as kWords words and what is above them, with its sign.
std::int64_t combine(const Words& a, std::int64_t f, const Words& b, std::int64_t g, Words& sum) {
    const auto sign_f = f < 0 ? ~std::uint64_t{0} : 0;
    const auto sign_g = g < 0 ? ~std::uint64_t{0} : 0;
    const auto abs_f = (static_cast<std::uint64_t>(f) ^ sign_f) - sign_f;
    const auto abs_g = (static_cast<std::uint64_t>(g) ^ sign_g) - sign_g;
    SignedWide carry = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
        // Each product is below 2^95, so their sum fits.
        const auto product_f = static_cast<SignedWide>(Wide{a[i]} * abs_f);
        const auto product_g = static_cast<SignedWide>(Wide{b[i]} * abs_g);
        carry += (f < 0 ? -product_f : product_f) + (g < 0 ? -product_g : product_g);
        sum[i] = static_cast<std::uint64_t>(carry);
        carry >>= kWordBits;
    }
    return static_cast<std::int64_t>(carry);
}

// sum / 2^kSteps, `top` above the highest word.
void shift_down(Words& sum, std::int64_t top) {
    for (std::size_t i = 0; i < kWords; ++i) {
        const auto above = i + 1 < kWords ? sum[i + 1] : static_cast<std::uint64_t>(top);
        sum[i] = sum[i] >> kSteps | above << (kWordBits - kSteps);
    }
}

// (a f + b g) / 2^kSteps, which comes out even; made positive, and whether it was not.
bool step(const Words& a, std::int64_t f, const Words& b, std::int64_t g, Words& out) {
    const auto top = combine(a, f, b, g, out);
    shift_down(out, top);
    if (top < 0) negate(out);
    return top < 0;
}

// The same modulo the order, for a and b below it: a multiple of it makes the division come out
// even. The result is below the order too.
Words step_modulo(const Words& a, std::int64_t f, const Words& b, std::int64_t g) {
    Words sum{};
    auto top = combine(a, f, b, g, sum);
    const auto times = sum[0] * kToEven & kLowBits;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
        const Wide product = Wide{times} * kP256Order[i] + sum[i] + carry;
        sum[i] = static_cast<std::uint64_t>(product);
        carry = static_cast<std::uint64_t>(product >> kWordBits);
    }
    top += static_cast<std::int64_t>(carry);
    shift_down(sum, top);
    // Within ± 2 orders, since |f| + |g| is at most 2^kSteps.
    auto above = top >> kSteps;
    Words less = kP256Order;
    negate(less);
    while (above < 0) above += static_cast<std::int64_t>(add(sum, kP256Order));
    while (above > 0 || !is_less(sum, kP256Order))
        above += static_cast<std::int64_t>(add(sum, less)) - 1;
    return sum;
}

}  // namespace

Words words_of(std::span<const unsigned char, kP256Bytes> bytes) {
    Words words{};
    for (std::size_t i = 0; i < kP256Bytes; ++i) {
        auto& word = words[kWords - 1 - i / 8];
        word = word << 8U | bytes[i];
    }
    return words;
}

std::array<unsigned char, kP256Bytes> bytes_of_words(const Words& words) {
    std::array<unsigned char, kP256Bytes> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<unsigned char>(words[kWords - 1 - i / 8] >> (56U - 8U * (i % 8)));
    return bytes;
}

bool is_in_range(const Words& number) { return number != Words{} && is_less(number, kP256Order); }

// The binary algorithm of Euclid, by words (T. Pornin, "Optimized Binary GCD for Modular
// Inversion", 2020). Always: a = number * u and b = number * v, modulo the order.
Words inverse_of_public(const Words& number) {
    Words a = number;
    Words b = kP256Order;
    Words u{1};
    Words v{};
    while (a != Words{}) {  // then b is 1, since the order is prime
        const auto [low_a, low_b] = look_at(a, b);
        auto [f0, g0, f1, g1] = find_factors(low_a, low_b);
        Words next_a;
        Words next_b;
        if (step(a, f0, b, g0, next_a)) f0 = -f0, g0 = -g0;
        if (step(a, f1, b, g1, next_b)) f1 = -f1, g1 = -g1;
        const auto next_u = step_modulo(u, f0, v, g0);
        v = step_modulo(u, f1, v, g1);
        u = next_u;
        a = next_a;
        b = next_b;
    }
    return v;
}

}  // namespace cambist::crypto
