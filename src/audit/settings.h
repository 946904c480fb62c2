// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace cambist::audit {

enum class Durability : std::uint8_t {
    kSync,   // a token leaves only after its record is on disk
    kAsync,  // records may be lost in a crash; the start-up log must say so
};

struct AuditSettings {
    Durability durability = Durability::kSync;
    // Every record is also appended to this file, one JSON object a line; empty: no file.
    std::string file = {};
};

}  // namespace cambist::audit
