// SPDX-License-Identifier: Apache-2.0
// Inside saml/ only.
#pragma once
#include "base/result.h"
#include "saml/demands.h"
#include "saml/read_assertion.h"

namespace cambist::saml {

// Judges what was read: issuer, times, audience, conditions, confirmation, statement (SAML Core
// section 2, RFC 7522 section 3). Every cause has its own TX-SML code.
Result<AssertionFacts> check_assertion(WrittenAssertion written, const Demands& demands,
                                       TimePoint now);

}  // namespace cambist::saml
