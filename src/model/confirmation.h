// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace cambist::json {
class Value;
}

namespace cambist {

// The keys that a token is bound to, or that a request proved to hold (RFC 7800 `cnf`): base64url
// SHA-256 thumbprints, empty where there is no such key. All that are there count.
struct Confirmation {
    std::string jkt;       // of a DPoP key (RFC 9449 section 6.1)
    std::string x5t_s256;  // of a TLS client certificate (RFC 8705 section 3.1)

    bool empty() const { return jkt.empty() && x5t_s256.empty(); }
    friend bool operator==(const Confirmation&, const Confirmation&) = default;
};

// The members of a `cnf` object that we can prove; others are not looked at.
Confirmation read_confirmation(const json::Value& cnf);
json::Value to_json(const Confirmation& cnf);

}  // namespace cambist
