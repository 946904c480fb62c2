// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "representation/read_parts.h"

// The parts of one client: read_clients.cc, and read_authentication.cc for how it proves itself.
namespace cambist::representation {

inline constexpr std::string_view kRotatedSecret = "client.secret.rotated";

// How the client proves who it is. Its keys are read apart: read_jwks().
void read_authenticator(const Node& node, Client& client);
// The client's public keys, for its assertions and for what is encrypted to it. After
// read_authenticator() and the attributes that say what is encrypted.
void read_jwks(const Node& attributes, Client& client);

// Keycloak keeps flags and numbers of a client as texts; an empty one is as good as none.
bool read_text_flag(const Node& attributes, std::string_view key, bool otherwise);
// The client stays in the realm and gets no tokens: one that is not bound, not encrypted or signed
// in another way than it is registered for would be worse than none.
void leave_unserved(const Node& at, Client& client, const std::string& what);
// As read_algorithm(); in an export an algorithm that is not served leaves the client unserved.
std::string read_client_algorithm(const Node& attributes, std::string_view key, Client& client);

}  // namespace cambist::representation
