// SPDX-License-Identifier: Apache-2.0
#include "http/client_certificate.h"

#include "crypto/certificate.h"
#include "http/text.h"

namespace cambist::http {

std::optional<std::string> read_certificate_header(std::string_view value) {
    value = trim_blanks(value);
    constexpr std::size_t kLongest = 16UL * 1024;
    if (value.empty() || value.size() > kLongest) return std::nullopt;
    // RFC 8941 section 3.3.5: a byte sequence stands between colons.
    if (value.size() > 2 && value.front() == ':' && value.back() == ':')
        value = value.substr(1, value.size() - 2);
    const auto text = percent_decode(value);
    if (!text) return std::nullopt;
    const auto der = crypto::certificate_to_der(*text);
    if (!der) return std::nullopt;
    return *der;
}

}  // namespace cambist::http
