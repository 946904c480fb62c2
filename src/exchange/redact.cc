// SPDX-License-Identifier: Apache-2.0
#include "exchange/redact.h"

#include <algorithm>
#include <array>

namespace cambist::exchange {
namespace {

// How a JWT's header begins in base64url ({"), and how our own tokens, keys, codes and
// secrets begin.
constexpr std::array<std::string_view, 6> kBeginnings{"eyJ", "cr_", "cat_", "ck_", "hc_", "cds_"};
// Shorter texts are words that happen to begin so.
constexpr std::size_t kLeast = 20;

bool is_of_token(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '=';
}

std::size_t find_beginning(std::string_view text, std::size_t from) {
    std::size_t first = std::string_view::npos;
    for (const auto beginning : kBeginnings) first = std::min(first, text.find(beginning, from));
    return first;
}

}  // namespace

std::string without_tokens(std::string_view text) {
    std::string out;
    std::size_t done = 0;
    std::size_t from = 0;
    for (;;) {
        const auto begin = find_beginning(text, from);
        if (begin == std::string_view::npos) return out.append(text.substr(done));
        const auto rest = text.substr(begin);
        const auto end = begin + static_cast<std::size_t>(
                                     std::ranges::find_if_not(rest, is_of_token) - rest.begin());
        from = begin + 1;
        if (end - begin < kLeast) continue;
        out.append(text.substr(done, begin - done)).append("(a token)");
        done = from = end;
    }
}

}  // namespace cambist::exchange
