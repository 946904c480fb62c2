// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "issuers/check.h"
#include "model/foreign.h"
#include "model/user.h"

// What the mappers of a token's issuer make of its user. Writes nothing. Any thread.
namespace cambist::issuers {

// Who the subject is there, and what it is called there, where mappers say so: before anybody looks
// for its link. kSubjectTokenClaims when the claims do not tell.
Status name_subject(CheckedForeign& token);

enum class Known : std::uint8_t {
    kNew,    // whatever its mappers say holds
    kBefore  // those that change who is there already
};
struct Mapped {
    UserChange change;  // without what is so already
    std::map<std::string, std::string> notes;
};
// `who` as it would be without them.
Mapped map_claims(const CheckedForeign& token, const Identity& who, Known known);

}  // namespace cambist::issuers
