// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cambist {

// RFC 4648 section 5 without padding.
std::string base64url_encode(std::string_view bytes);
void base64url_append(std::string& out, std::string_view bytes);
// Strict: no padding, no white space, no foreign alphabet, no set bits after the last byte
// (RFC 7515 section 2); nothing otherwise.
std::optional<std::string> base64url_decode(std::string_view text);
// As above, appended to `out` (which is left as it was when the text is refused).
bool base64url_decode_append(std::string& out, std::string_view text);

// RFC 4648 section 4: standard alphabet, padding required on input and written on output.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);

}  // namespace cambist
