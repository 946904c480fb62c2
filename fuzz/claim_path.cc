// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "claims/mapper.h"

// A name that is read has 1 to 8 parts, none empty; joined again with "." between them and "\." in
// them, it is the same name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string_view name(reinterpret_cast<const char*>(data), size);
    const auto path = claims::ClaimPath::parse(name);
    if (!path) return 0;
    const auto parts = path->view();
    CAMBIST_ASSERT(!parts.empty() && parts.size() <= 8 && parts.front() == path->root());
    std::string again;
    for (const auto part : parts) {
        CAMBIST_ASSERT(!part.empty());
        if (!again.empty()) again += '.';
        for (const char character : part) {
            if (character == '.') again += '\\';
            again += character;
        }
    }
    CAMBIST_ASSERT(again == name);
    return 0;
}
