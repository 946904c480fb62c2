// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/parse.h"

// What is read, written and read again is the same, however it was read; both readers agree. What
// is refused is told in printable ASCII.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto value = json::parse(text, {}, json::Positions::kNone);
    std::vector<json::Fault> faults;
    const auto positioned = json::parse_all_faults(text, {}, faults);
    CAMBIST_ASSERT(value.has_value() == (positioned.has_value() && faults.empty()));
    if (!value) {
        CAMBIST_ASSERT(
            std::ranges::none_of(value.error().hint, [](char c) { return c < 0x20 || c > 0x7e; }));
        return 0;
    }
    CAMBIST_ASSERT(*value == *positioned);
    const auto again = json::parse(value->to_text());
    CAMBIST_ASSERT(again.has_value() && *again == *value);
    const auto pretty = json::parse(value->to_pretty_text());
    CAMBIST_ASSERT(pretty.has_value() && *pretty == *value);
    return 0;
}
