// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "model/issuer.h"
#include "representation/reading.h"

namespace cambist::representation {

// The `keys` of a trusted issuer. What is wrong becomes a fault.
IssuerKeys read_issuer_keys(const Node& keys);
// A PEM public key, a certificate or a JWK set as the text of a JWK set. Nothing: it is none of
// them.
std::optional<std::string> jwks_of_text(std::string_view text, std::string_view kid = {});
// Puts the content of `keys.file` in its place, so that what is stored needs no file.
void inline_key_files(json::Value& realm, Reading& reading);
// Whether it can be fetched from: https, or http to this machine, which the outbound client
// refuses unless it is told otherwise.
bool is_fetchable(std::string_view url);

}  // namespace cambist::representation
