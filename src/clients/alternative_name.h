// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "crypto/alternative_names.h"
#include "model/client.h"

namespace cambist::clients {

// The attribute of a client that says by which alternative name of its certificate it is known (RFC
// 8705 section 2.1.2). A client has one of them at most.
struct RegisteredName {
    crypto::AlternativeName::Kind kind;
    std::string_view attribute;  // "cambist.x509.san.dns"
    const std::string* text;
};
// Nothing when it is known otherwise.
std::optional<RegisteredName> find_registered_name(const Client& client);

}  // namespace cambist::clients
