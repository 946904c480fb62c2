// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "saml/xml.h"

namespace cambist::saml {

// What holds for every document, before anything is believed: no ID twice (by our own walk, not by
// what a schema says), no assertion but at the root or directly in a response at the root, and only
// one; no signature but directly in those two, no ds:Object or ds:Manifest. kSamlIdRepeated,
// kSamlWrapped.
Status check_document(const XmlDocument& document);

// That an element of SAML, and all in it, has the children, their order and number, and the
// attributes that the schemas of SAML 2.0 give it. Elements whose content is free (attribute
// values, advice, confirmation data) are not looked into. kSamlStructure names what is wrong.
Status check_structure(const XmlElement& element);

}  // namespace cambist::saml
