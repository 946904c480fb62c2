// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "claims/mapper.h"

// A name that is read has 1 to 8 parts, none empty; joined again with "." between them and a
// backslash before dots and backslashes in them, it is read as the same parts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string_view name(reinterpret_cast<const char*>(data), size);
    const auto path = claims::ClaimPath::parse(name);
    if (!path) return 0;
    const auto parts = path->view();
    CAMBIST_ASSERT(!parts.empty() && parts.size() <= 8 && parts.front() == path->root());
    std::string joined;
    for (const auto part : parts) {
        CAMBIST_ASSERT(!part.empty());
        if (!joined.empty()) joined += '.';
        for (const char character : part) {
            if (character == '.' || character == '\\') joined += '\\';
            joined += character;
        }
    }
    const auto again = claims::ClaimPath::parse(joined);
    CAMBIST_ASSERT(again && std::ranges::equal(again->view(), parts));
    return 0;
}
