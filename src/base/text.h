// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cambist {

// Splits at one character; "a,,b" gives three parts. An empty text gives no part.
std::vector<std::string_view> split(std::string_view text, char at);
std::string join(const std::vector<std::string>& parts, std::string_view with);
std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);
bool is_valid_utf8(std::string_view text);

// The candidate with the fewest edits to `word`, if it is near enough to be a slip of the pen.
std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& candidates);

// Only %x20-21 / %x23-5B / %x5D-7E may stand in an error_description (RFC 6749 section 5.2): other
// characters become '?', and the text ends after `limit` characters.
std::string printable(std::string_view text, std::size_t limit = 200);

// The scopes of RFC 6749 section 3.3, in order, each once; nothing when the grammar is broken.
std::optional<std::vector<std::string>> parse_scope(std::string_view text);

}  // namespace cambist
