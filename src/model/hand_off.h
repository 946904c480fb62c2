// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace cambist {

// A one-time code with which another client fetches what an exchange has made ready. A value.
struct HandOff {
    std::string hash;          // base64url SHA-256 of the code
    std::string payload;       // JSON text; empty once it was taken
    std::int64_t expires = 0;  // seconds since 1970: over then, and forgotten
    bool is_taken = false;
    std::string xid;  // of a taken one: the tree of what was issued for it
    friend bool operator==(const HandOff&, const HandOff&) = default;
};

}  // namespace cambist
