// SPDX-License-Identifier: Apache-2.0
#include "saml/presented.h"

#include "base/base64url.h"
#include "base/text.h"
#include "saml/check_assertion.h"
#include "saml/names.h"
#include "saml/read_assertion.h"
#include "saml/structure.h"

namespace cambist::saml {
namespace {

Result<std::string> decode_text(std::string_view text) {
    if (auto bytes = base64url_decode(text)) return *std::move(bytes);
    const auto start = trim_xml(text);
    std::string_view what = "this is no base64url";
    if (start.starts_with('<')) what = "this is XML as it is: encode it as base64url";
    if (decode_base64_binary(text))
        what = "this is base64: write - and _ for + and /, without padding and line breaks";
    return fail(ErrorCode::kSamlMalformed, std::string(what));
}

std::optional<XmlElement> assertion_in(const XmlElement& response) {
    for (const auto& child : response.children())
        if (child.is(kSaml, "Assertion") || child.is(kSaml, "EncryptedAssertion")) return child;
    return std::nullopt;
}

// SAML Core section 3.2.2.2.
Status check_status(const XmlElement& response) {
    for (const auto& child : response.children()) {
        if (!child.is(kSamlp, "Status")) continue;
        for (const auto& code : child.children()) {
            if (!code.is(kSamlp, "StatusCode")) continue;
            const auto value = code.attribute("Value").value_or("");
            if (value == kSuccess) return {};
            return fail(ErrorCode::kSamlStatus, "StatusCode is '" + printable(value, 100) + "'");
        }
    }
    return fail(ErrorCode::kSamlStatus, "the response has no StatusCode");
}

}  // namespace

Result<Presented> Presented::decode(std::string_view text, const DecryptionKeys& keys) {
    CAMBIST_TRY(const auto xml, decode_text(text));
    return parse(xml, keys);
}

Result<Presented> Presented::parse(std::string_view xml, const DecryptionKeys& keys) {
    CAMBIST_TRY(auto document, XmlDocument::parse(xml));
    CAMBIST_CHECK(check_document(document));
    Presented presented(std::move(document), keys);
    const auto assertion = presented.outer_assertion();
    if (!assertion)
        return fail(ErrorCode::kSamlStructure, presented.is_response()
                                                   ? "the response holds no assertion"
                                                   : "this is neither an assertion nor a response");
    // Before the signature, so that nothing of another form is ever looked into.
    CAMBIST_CHECK(check_structure(presented.document_.root()));
    if (assertion->is(kSaml, "EncryptedAssertion")) {
        CAMBIST_TRY(presented.decrypted_, decrypt_element(*assertion, keys));
        const auto checked = check_document(presented.decrypted_->document);
        if (!presented.decrypted_->document.root().is(kSaml, "Assertion") || !checked)
            return fail(ErrorCode::kSamlNotDecrypted);
    }
    presented.claimed_issuer_ =
        issuer_of(presented.decrypted_ ? presented.decrypted_->document.root() : *assertion);
    return presented;
}

bool Presented::is_response() const { return document_.root().is(kSamlp, "Response"); }

std::optional<XmlElement> Presented::outer_assertion() const {
    const auto root = document_.root();
    if (is_response()) return assertion_in(root);
    if (root.is(kSaml, "Assertion") || root.is(kSaml, "EncryptedAssertion")) return root;
    return std::nullopt;
}

// An assertion that came encrypted is signed inside, whatever is signed around it (CVE-2026-2092).
Result<SignedXml> Presented::verify_assertion(const Demands& demands) const {
    if (!decrypted_) return verify_signature(document_, *outer_assertion(), demands.signers);
    auto verified =
        verify_signature(decrypted_->document, decrypted_->document.root(), demands.signers);
    if (!verified && !decrypted_->is_authentic) return fail(ErrorCode::kSamlNotDecrypted);
    return verified;
}

Result<AssertionFacts> Presented::verify_response(const Demands& demands, TimePoint now) const {
    const auto root = document_.root();
    if (!demands.accepts_responses)
        return fail(ErrorCode::kSamlResponse, "send the Assertion element itself");
    if (root.attribute("Version") != "2.0")
        return fail(ErrorCode::kSamlStructure, "Version of the Response is not 2.0");
    if (demands.signed_part != SignedPart::kAssertion) {
        CAMBIST_TRY(const auto response, verify_signature(document_, root, demands.signers));
        CAMBIST_CHECK(check_status(response.root()));
        if (demands.signed_part == SignedPart::kResponse && !decrypted_) {
            const auto assertion = assertion_in(response.root());
            if (!assertion)
                return fail(ErrorCode::kSamlStructure, "the response holds no assertion");
            CAMBIST_TRY(auto written, read_assertion(*assertion, keys_));
            return check_assertion(std::move(written), demands, now);
        }
    }
    CAMBIST_CHECK(check_status(root));
    CAMBIST_TRY(const auto assertion, verify_assertion(demands));
    CAMBIST_TRY(auto written, read_assertion(assertion.root(), keys_));
    return check_assertion(std::move(written), demands, now);
}

Result<AssertionFacts> Presented::verify(const Demands& demands, TimePoint now) const {
    if (is_response()) return verify_response(demands, now);
    CAMBIST_TRY(const auto assertion, verify_assertion(demands));
    CAMBIST_TRY(auto written, read_assertion(assertion.root(), keys_));
    return check_assertion(std::move(written), demands, now);
}

}  // namespace cambist::saml
