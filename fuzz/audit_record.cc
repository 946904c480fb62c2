// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "audit/explain.h"
#include "audit/record_json.h"

// A record that can be read is written to a text that reads the same, and can be explained without
// a control character but the line end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto record = cambist::audit::parse_record(text);
    if (!record) return 0;
    const auto once = cambist::audit::render_record(*record);
    const auto again = cambist::audit::parse_record(once);
    if (!again || cambist::audit::render_record(*again) != once) __builtin_trap();
    for (const char character : cambist::audit::explain_text(*record))
        if (static_cast<unsigned char>(character) < 0x20 && character != '\n') __builtin_trap();
    static_cast<void>(cambist::audit::explain_mermaid(*record));
    static_cast<void>(cambist::audit::explain_json(*record));
    return 0;
}
