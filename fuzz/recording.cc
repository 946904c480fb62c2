// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "exchange/recorder.h"

// A line of a recording that is taken says who asked and whom it was about.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    const auto recorded = cambist::exchange::parse_recorded(line);
    if (recorded && (recorded->subject.empty() || recorded->at == 0)) __builtin_trap();
    return 0;
}
