// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <algorithm>
#include <numeric>

namespace cambist {

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    if (text.empty()) return parts;
    for (;;) {
        const auto end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view with) {
    std::string out;
    for (const auto& part : parts) {
        if (!out.empty()) out += with;
        out += part;
    }
    return out;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string to_lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool is_valid_utf8(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned lead = at(i);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || text.size() - i < size) return false;
        for (std::size_t k = 1; k < size; ++k)
            if ((at(i + k) & 0xc0) != 0x80) return false;
        const unsigned next = at(i + 1);
        // Overlong forms, surrogates and what lies beyond U+10FFFF.
        if ((lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) ||
            (lead == 0xf0 && next < 0x90) || (lead == 0xf4 && next > 0x8f))
            return false;
        i += size;
    }
    return true;
}

std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& candidates) {
    const auto distance = [](std::string_view a, std::string_view b) {
        std::vector<std::size_t> row(b.size() + 1);
        std::iota(row.begin(), row.end(), std::size_t{0});
        for (std::size_t i = 0; i < a.size(); ++i) {
            std::size_t diagonal = row[0]++;
            for (std::size_t k = 0; k < b.size(); ++k) {
                const std::size_t change = diagonal + (a[i] == b[k] ? 0U : 1U);
                diagonal = row[k + 1];
                row[k + 1] = std::min({row[k] + 1, diagonal + 1, change});
            }
        }
        return row.back();
    };
    std::optional<std::string_view> best;
    if (word.size() > 200) return best;  // no slip of a pen; keeps the work bounded
    std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto candidate : candidates) {
        if (candidate.size() > 200) continue;
        const auto edits = distance(to_lower_ascii(word), to_lower_ascii(candidate));
        if (edits < least) {
            least = edits;
            best = candidate;
        }
    }
    return best;
}

std::string printable(std::string_view text, std::size_t limit) {
    std::string out(text.substr(0, limit));
    for (char& c : out)
        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') c = '?';
    if (text.size() > limit) out += "...";
    return out;
}

std::optional<std::vector<std::string>> parse_scope(std::string_view text) {
    std::vector<std::string> scopes;
    for (const auto part : split(text, ' ')) {
        if (part.empty()) return std::nullopt;
        for (const char c : part)
            if (c < 0x21 || c > 0x7e || c == '"' || c == '\\') return std::nullopt;
        if (std::ranges::find(scopes, part) == scopes.end()) scopes.emplace_back(part);
    }
    if (scopes.empty()) return std::nullopt;
    return scopes;
}

}  // namespace cambist
