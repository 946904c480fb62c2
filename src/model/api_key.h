// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/ids.h"

namespace cambist {

// A key of a user or of a service account, from which short access tokens are made. A value; of
// the key itself only the hash is kept.
struct ApiKey {
    std::string id;    // a ULID: what lists show, and what the tokens made of the key descend from
    std::string hash;  // base64url SHA-256 of the key's text
    UserId user;
    std::string name;                    // chosen by its owner, to know it again
    std::vector<std::string> scopes;     // at most these
    std::vector<std::string> audiences;  // at most these; empty: the rule's
    std::int64_t created = 0;            // seconds since 1970
    std::int64_t expires = 0;            // over then; 0: never
    friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

}  // namespace cambist
