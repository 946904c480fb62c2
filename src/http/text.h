// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace cambist::http {

// Small grammar of RFC 9110 and RFC 3986, shared by whoever reads requests.

// Field names and other tokens are compared without regard to ASCII case (section 5.1).
bool same_name(std::string_view a, std::string_view b);
// tchar of section 5.6.2.
bool is_token_char(char c);
bool is_token(std::string_view text);
// Without the spaces and tabs around it (OWS, section 5.6.3).
std::string_view trim_blanks(std::string_view text);
// Whether a comma-separated list of tokens names this one.
bool lists_token(std::string_view list, std::string_view token);
// RFC 3986 section 2.1; '+' is no space here. Nothing when malformed.
std::optional<std::string> percent_decode(std::string_view text);
// "Sat, 22 Nov 2025 01:48:31 GMT" (section 5.6.7), appended.
void append_date(std::string& out, TimePoint time);

}  // namespace cambist::http
