// SPDX-License-Identifier: Apache-2.0
// Inside saml/ only.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "saml/assertion.h"
#include "saml/decryption.h"
#include "saml/xml.h"

namespace cambist::saml {

// One way to confirm the subject, as it was written.
struct WrittenConfirmation {
    std::string method;
    bool has_not_before = false;
    BearerConfirmation data;
};

// An assertion as it was written: everything has its form, nothing was judged.
struct WrittenAssertion {
    AssertionFacts facts;  // but for expires_at and confirmation
    std::optional<TimePoint> not_on_or_after;
    std::vector<std::vector<std::string>> audience_restrictions;
    bool has_conditions = false;
    std::vector<WrittenConfirmation> confirmations;
    std::vector<std::string> unknown_conditions;
};

// Reads the Assertion element: of bytes that were proved. kSamlStructure, kSamlNameId,
// kSamlFeature, kSamlNotDecrypted, kSamlEncryption.
Result<WrittenAssertion> read_assertion(const XmlElement& assertion, const DecryptionKeys& keys);

// The Issuer child's text if it is one (entity format, nothing before or behind it); else empty.
std::string issuer_of(const XmlElement& element);

}  // namespace cambist::saml
