// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/key.h"
#include "crypto/signature.h"
#include "saml/xml.h"

namespace cambist::saml {

// Who may have signed, and how. Keys come from configuration or metadata, never from the document.
struct Signers {
    std::vector<crypto::PublicKey> keys;
    std::vector<crypto::SignatureAlgorithm> algorithms = default_algorithms();

    // RSA and ECDSA with SHA-256, SHA-384 and SHA-512. PSS and EdDSA may be added; SHA-1, DSA and
    // HMAC have no enumerator and can not.
    static std::vector<crypto::SignatureAlgorithm> default_algorithms();
};

// An element as it was signed: the very bytes that the digest was made of, parsed again. What was
// not signed is not in it, so that it can not be read by mistake. Only verify_signature() makes
// one.
class SignedXml {
  public:
    class Proof {
        friend Result<SignedXml> verify_signature(const XmlDocument& document,
                                                  const XmlElement& element,
                                                  const Signers& signers);
        Proof() = default;
    };
    SignedXml(Proof, XmlDocument document) : document_(std::move(document)) {}

    const XmlDocument& document() const { return document_; }
    XmlElement root() const { return document_.root(); }

  private:
    XmlDocument document_;
};

// The enveloped signature of the element (SAML Core section 5.4): a direct child of it, with one
// reference, to the element's own ID, and no transforms but enveloped-signature and exclusive
// canonicalisation. kSamlUnsigned, kSamlWrapped, kSamlSignatureForm, kSamlAlgorithm,
// kSamlSignature, kSamlDigest.
Result<SignedXml> verify_signature(const XmlDocument& document, const XmlElement& element,
                                   const Signers& signers);

// How a URI of XML Signature (RFC 9231) is called here; nothing for what is never accepted.
std::optional<crypto::SignatureAlgorithm> find_signature_algorithm(std::string_view uri);

}  // namespace cambist::saml
