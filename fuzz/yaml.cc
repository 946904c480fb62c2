// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/parse.h"
#include "json/yaml.h"

// What is read from YAML is a JSON value: written as JSON it reads the same, and keys are unique.
// What is written as YAML reads the same. What is refused is told in printable ASCII.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    if (size > 16UL * 1024) return 0;
    std::vector<json::Fault> faults;
    const json::Limits limits{.max_depth = 64, .max_bytes = 16UL * 1024};
    const auto value =
        json::parse_yaml({reinterpret_cast<const char*>(data), size}, limits, faults);
    if (!value) {
        CAMBIST_ASSERT(
            std::ranges::none_of(value.error().hint, [](char c) { return c < 0x20 || c > 0x7e; }));
        return 0;
    }
    const auto again = json::parse(value->to_text(), json::kConfigLimits);
    CAMBIST_ASSERT(again.has_value() && *again == *value);
    // Written as YAML, too; what goes beyond the limits is only told so.
    if (!faults.empty()) return 0;
    const auto yaml = json::parse_yaml(json::to_yaml(*value), json::kConfigLimits, faults);
    CAMBIST_ASSERT(yaml.has_value() && faults.empty() && *yaml == *value);
    return 0;
}
