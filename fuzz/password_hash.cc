// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "crypto/password.h"

// What is read is written the same and is within the bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const auto hash = crypto::parse_password_hash({reinterpret_cast<const char*>(data), size});
    if (!hash) return 0;
    CAMBIST_ASSERT(crypto::check_password_hash(*hash).has_value());
    const auto again = crypto::parse_password_hash(crypto::to_text(*hash));
    CAMBIST_ASSERT(again.has_value() && *again == *hash);
    return 0;
}
