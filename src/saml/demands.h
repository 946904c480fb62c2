// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "saml/signature.h"

namespace cambist::saml {

// What must be signed by the issuer when an assertion comes inside a response.
enum class SignedPart : std::uint8_t { kAssertion, kResponse, kBoth };

// What a trusted issuer's assertions must be like to be accepted here. Lists that are empty accept
// nothing.
struct Demands {
    std::string issuer;  // entity ID, compared byte by byte
    Signers signers;
    std::vector<std::string> audiences;   // each AudienceRestriction must name one of them
    std::vector<std::string> recipients;  // one of them is in the bearer confirmation
    // The one Format of NameID that is taken, so that two subjects never look alike.
    std::string name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    bool accepts_responses = false;
    SignedPart signed_part = SignedPart::kAssertion;
    bool needs_authn_statement = false;
    Seconds skew{60};          // that clocks may differ
    Seconds most_age{3600};    // since IssueInstant
    Seconds most_life{86400};  // from now to the end
};

}  // namespace cambist::saml
