// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "model/form.h"
#include "model/token_type.h"

namespace cambist::exchange {

// A parameter that says whom or what a token is asked for, and the one grant that reads it. In
// another one it would ask for something and be ignored.
struct Owned {
    std::string_view name;
    std::optional<GrantType> grant;  // nothing: none that is served
    // Known clients of Keycloak send it with every grant, and nothing is given that it would hold
    // back: refused in our own dialect only.
    bool ignored_by_keycloak = false;
};
// Null for a parameter of which the token endpoint knows nothing (RFC 6749 section 3.2: ignored),
// and for one of every grant.
const Owned* find_owned(std::string_view name);

// The same for the small endpoints, which read no more than `read` and the client's
// authentication: kParameterNotSupported for what a token request asks with, if it has a value.
Status check_small_form(const Form& form, std::initializer_list<std::string_view> read);

}  // namespace cambist::exchange
