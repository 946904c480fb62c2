// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "outbound/answer_reader.h"
#include "outbound/url.h"

namespace {

using namespace cambist;

constexpr std::size_t kMost = 256;

std::string read(std::string_view text, std::size_t step) {
    outbound::AnswerReader reader(kMost);
    while (!text.empty()) {
        const auto part = text.substr(0, step);
        text.remove_prefix(part.size());
        const auto whole = reader.feed(part);
        if (!whole) return "refused";
        if (!*whole) continue;
        const auto answer = reader.take();
        CAMBIST_ASSERT(answer.body.size() <= kMost);
        return std::to_string(answer.status) + answer.body;
    }
    if (!reader.end()) return "refused";
    return reader.take().body;
}

}  // namespace

// An answer is bounded, and the same however its bytes are cut. The same text as an URL: what is
// accepted has a host and a target that fit on one line of a request.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    CAMBIST_ASSERT(read(text, 7) == read(text, 100'000));
    if (const auto url = outbound::parse_url(text)) {
        CAMBIST_ASSERT(!url->host.empty() && url->port != 0 && url->target.starts_with('/'));
        for (const auto* part : {&url->host, &url->target, &url->authority})
            CAMBIST_ASSERT(part->find_first_of(" \t\r\n") == std::string::npos);
    }
    return 0;
}
