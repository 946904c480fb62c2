// SPDX-License-Identifier: Apache-2.0
// base: what a strict decoder accepts is exactly what its encoder writes, and texts that are made
// printable, lower case or scopes stay so.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/base64url.h"
#include "base/log.h"
#include "base/result.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string text(data, data + size);
    CAMBIST_ASSERT(base64url_decode(base64url_encode(text)) == text);
    CAMBIST_ASSERT(base64_decode(base64_encode(text)) == text);
    CAMBIST_ASSERT(hex_decode(hex_encode(text)) == text);
    if (const auto bytes = base64url_decode(text)) CAMBIST_ASSERT(base64url_encode(*bytes) == text);
    if (const auto bytes = base64_decode(text)) CAMBIST_ASSERT(base64_encode(*bytes) == text);
    if (const auto bytes = hex_decode(text))
        CAMBIST_ASSERT(hex_encode(*bytes) == to_lower_ascii(text));
    if (const auto scopes = parse_scope(text)) {
        CAMBIST_ASSERT(is_valid_utf8(text));
        CAMBIST_ASSERT(parse_scope(join(*scopes, " ")) == scopes);
    }
    if (const auto level = parse_log_level(text)) CAMBIST_ASSERT(to_text(*level) == text);
    const auto shown = printable(text, 100);
    CAMBIST_ASSERT(shown.size() <= 103 && printable(shown, 103) == shown);
    return 0;
}
