// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "model/client.h"

namespace cambist {

// The host of an http or https URI, without its port; empty when it has none. A view into `uri`.
std::string_view host_of(std::string_view uri);
// The one host of all redirect URIs (relative ones are at the root URL); empty when there is none
// or more than one. OpenID Connect Core section 8.1: the sector of the client.
std::string_view sector_of(const Client& client);

// Whether the client registered this redirect URI: byte for byte, or by one that ends in `*` and
// with which it begins (Keycloak's pattern); relative ones are at the root URL.
bool is_redirect_of(const Client& client, std::string_view uri);

}  // namespace cambist
