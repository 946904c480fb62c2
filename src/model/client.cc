// SPDX-License-Identifier: Apache-2.0
#include "model/client.h"

#include <array>

namespace cambist {

namespace {

// In the order of the enumerators; the names of the IANA registry of RFC 8414.
constexpr std::array<std::string_view, 7> kMethods{"none",
                                                   "client_secret_basic",
                                                   "client_secret_post",
                                                   "private_key_jwt",
                                                   "client_secret_jwt",
                                                   "tls_client_auth",
                                                   "self_signed_tls_client_auth"};

}  // namespace

std::string_view name_of(ClientAuthMethod method) {
    return kMethods.at(static_cast<std::size_t>(method));
}

std::optional<ClientAuthMethod> find_client_auth_method(std::string_view name) {
    for (std::size_t i = 0; i < kMethods.size(); ++i) {
        if (kMethods[i] == name) return static_cast<ClientAuthMethod>(i);
    }
    return std::nullopt;
}

bool ClientScope::is_parameterized() const {
    if (name == "delegation:user" || name == "delegation:client") return true;
    const auto dynamic = attributes.find("is.dynamic.scope");
    return dynamic != attributes.end() && dynamic->second == "true";
}

}  // namespace cambist
