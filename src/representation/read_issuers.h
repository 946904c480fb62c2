// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "model/issuer.h"
#include "representation/reading.h"

// The parts of reading trusted issuers: ours (read_issuers.cc), what is known of products
// (issuer_presets.cc), and Keycloak's identity providers (read_identity_providers.cc).
namespace cambist::representation {

// Fills in what the file leaves out and demands what the product needs, for each preset.
void apply_preset(const Node& node, TrustedIssuer& issuer);
// An entry of identityProviders as far as it can be served; what can not is told by name.
void read_identity_providers(const Node& realm, Realm& out);
// Two issuers that speak for one value of `iss` must differ in what they are used for, in their
// token types or in their clients: one token must not have two meanings.
void check_issuer_overlap(const Node& realm, const Realm& out);
// A client that another issuer's token proves needs that issuer.
void check_federated_clients(const Node& realm, const Realm& out);
// The `saml` of a trusted issuer, and that one of kind saml2 has keys.
void read_saml(const Node& node, TrustedIssuer& issuer);
void check_saml_keys(const Node& node, const TrustedIssuer& issuer);
// The mappers of a trusted issuer: those of its own entry, and Keycloak's that name its alias. What
// is not served of the latter is told by name. After binding.
void read_issuer_mappers(const Node& realm, const Node& entry, const Realm& out,
                         TrustedIssuer& issuer);
void keep_other_mappers(const Node& realm, const Realm& out);
// All signature algorithms we verify.
std::vector<std::string> all_algorithms();

}  // namespace cambist::representation
