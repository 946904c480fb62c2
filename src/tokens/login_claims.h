// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include "json/writer.h"
#include "model/flow.h"

// What a token says of the log-in that it comes of.
namespace cambist::tokens {

inline const Session* session_of(const Parties& parties) {
    return parties.session ? &*parties.session : nullptr;
}
// Of the original authentication (RFC 9068 section 2.2.1). 0 and empty: the session's.
std::int64_t auth_time_of(const Parties& parties);
std::string_view acr_of(const Parties& parties);
// Mappers write nothing into a minimal token; these two are facts of the token, not of the user.
void write_authentication(const Parties& parties, json::Writer& out);
// What the requester of a hand-off stated of the log-in (RFC 8176); mappers know of passwords only.
void write_stated_methods(const Parties& parties, json::Writer& out);

}  // namespace cambist::tokens
