// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "saml/assertion.h"
#include "saml/decryption.h"
#include "saml/demands.h"
#include "saml/xml.h"

namespace cambist::saml {

// An assertion that somebody has sent: bare, encrypted, or inside a response. It was read, and
// nothing of it is believed yet. Immutable, for any thread.
class Presented {
  public:
    // base64url of the XML, without padding and line breaks (RFC 8693 section 3, RFC 7522 section
    // 2.1). kSamlMalformed says what else it looks like.
    static Result<Presented> decode(std::string_view text, const DecryptionKeys& keys);
    // The XML itself. As XmlDocument::parse(), check_document() and decrypt_element() say.
    static Result<Presented> parse(std::string_view xml, const DecryptionKeys& keys);

    // Who it says has issued it, to look up whose demands count; not proved. Empty: it says
    // nothing.
    const std::string& claimed_issuer() const { return claimed_issuer_; }

    // Proves and judges it. All facts are read from bytes that a key of the issuer has signed.
    // Every cause of refusal has its own code of the TX-SML family. Whether the assertion was used
    // before is for the caller to ask (AssertionFacts::id).
    Result<AssertionFacts> verify(const Demands& demands, TimePoint now) const;

  private:
    Presented(XmlDocument document, DecryptionKeys keys)
        : document_(std::move(document)), keys_(std::move(keys)) {}

    bool is_response() const;
    std::optional<XmlElement> outer_assertion() const;
    Result<SignedXml> verify_assertion(const Demands& demands) const;
    Result<AssertionFacts> verify_response(const Demands& demands, TimePoint now) const;

    XmlDocument document_;
    DecryptionKeys keys_;
    std::optional<Decrypted> decrypted_;  // the assertion that came encrypted
    std::string claimed_issuer_;
};

}  // namespace cambist::saml
