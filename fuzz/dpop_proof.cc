// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/base64url.h"
#include "model/uri.h"
#include "possession/dpop.h"

// Lines are DPoP headers. Whatever they hold, what is accepted is one header, whose thumbprint has
// 32 bytes, whose time is within the window and whose address is ours; and the same URL, normalised
// twice, stays as it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    constexpr std::int64_t kNow = 1562262616;  // of the example in RFC 9449
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> headers;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find('\n', from), text.size());
        headers.emplace_back(text.substr(from, end - from));
        from = end + 1;
    }
    const auto proof =
        possession::check_proof(headers, {.method = "POST",
                                          .urls = {"https://server.example.com/token"},
                                          .now = from_unix(kNow),
                                          .access_token = std::nullopt});
    if (proof) {
        CAMBIST_ASSERT(headers.size() == 1 && !proof->jti.empty());
        CAMBIST_ASSERT(base64url_decode(proof->jkt).value_or("").size() == 32);
        CAMBIST_ASSERT(proof->htu == "https://server.example.com/token");
        CAMBIST_ASSERT(proof->issued_at >= kNow - 75 && proof->issued_at <= kNow + 15);
    }
    if (const auto url = normalised_url(text)) CAMBIST_ASSERT(normalised_url(*url) == url);
    return 0;
}
