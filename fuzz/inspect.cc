// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/parse.h"
#include "tokens/inspect.h"

// Whatever the text, there is an answer: a kind, and JSON that can be read again. What goes to a
// terminal has no control characters but line ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto seen = tokens::inspect(text, from_unix(1'700'000'000));
    if (seen.kind.empty()) std::abort();
    const json::Limits limits{.max_depth = 64, .max_bytes = 1UL << 20};
    if (!json::parse(tokens::to_json(seen).to_text(), limits)) std::abort();
    for (const char c : tokens::to_text(seen)) {
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n') std::abort();
    }
    return 0;
}
