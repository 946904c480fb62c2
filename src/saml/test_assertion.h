// SPDX-License-Identifier: Apache-2.0
// For tests only: writes assertions and signs them. The texts are canonical as they are written, so
// that the signer does not lean on the canonicalisation it is there to test.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/base64url.h"
#include "base/clock.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/signature.h"
#include "saml/presented.h"

namespace cambist::saml::test {

using crypto::SignatureAlgorithm;

inline constexpr std::string_view kIssuer = "https://idp.example/metadata";
inline constexpr std::string_view kAudience = "https://cambist.example/realms/shop";
inline constexpr std::string_view kRecipient = "https://cambist.example/realms/shop/token";

inline TimePoint now() { return from_unix(1'800'000'000); }
inline std::string at(int seconds) { return to_iso8601(now() + Seconds(seconds)); }

inline const crypto::PrivateKey& issuer_key() {
    static const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kRsa).value();
    return key;
}
inline const crypto::PrivateKey& foreign_key() {
    static const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kRsa).value();
    return key;
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto place = text.find(from);
    if (from.empty() || place == std::string::npos) return "nothing to replace: " + text;
    return text.replace(place, from.size(), to);
}

// The parts of one assertion, each as it is written.
struct Parts {
    std::string id = "_a1";
    std::string issued = at(-10);
    std::string issuer = "<saml:Issuer>" + std::string(kIssuer) + "</saml:Issuer>";
    std::string name_id =
        "<saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">alice"
        "</saml:NameID>";
    std::string confirmation =
        "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"
        "<saml:SubjectConfirmationData NotOnOrAfter=\"" +
        at(300) + "\" Recipient=\"" + std::string(kRecipient) +
        "\"></saml:SubjectConfirmationData></saml:SubjectConfirmation>";
    std::string conditions = "<saml:Conditions NotBefore=\"" + at(-30) + "\" NotOnOrAfter=\"" +
                             at(600) + "\"><saml:AudienceRestriction><saml:Audience>" +
                             std::string(kAudience) +
                             "</saml:Audience></saml:AudienceRestriction></saml:Conditions>";
    std::string advice;
    std::string statements =
        "<saml:AuthnStatement AuthnInstant=\"" + at(-60) +
        "\" SessionIndex=\"s-1\"><saml:AuthnContext><saml:AuthnContextClassRef>"
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        "<saml:AttributeStatement><saml:Attribute Name=\"mail\"><saml:AttributeValue>"
        "alice@example.com</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>";

    std::string text() const {
        return "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"" + id +
               "\" IssueInstant=\"" + issued + "\" Version=\"2.0\">" + issuer + "<saml:Subject>" +
               name_id + confirmation + "</saml:Subject>" + conditions + advice + statements +
               "</saml:Assertion>";
    }
};

// How it is signed; every field can be made wrong.
struct Signing {
    const crypto::PrivateKey* key = &issuer_key();
    SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256;
    std::string method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    std::string canonicalisation = "http://www.w3.org/2001/10/xml-exc-c14n#";
    std::string transforms =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\">"
        "</ds:Transform>"
        "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    std::string digest_method = "http://www.w3.org/2001/04/xmlenc#sha256";
    std::string reference;             // empty: "#" and the ID
    std::optional<std::string> value;  // the SignatureValue as it is
    std::string digest;                // raw; empty: that of the text
    std::string key_info;
    std::string behind;     // after KeyInfo
    std::string in_method;  // child of SignatureMethod
    std::string in_info;    // a second Reference and the like
};

inline std::string signature_of(std::string_view canonical, std::string_view id,
                                const Signing& how = {}) {
    const auto reference = how.reference.empty() ? "#" + std::string(id) : how.reference;
    const auto digest = how.digest.empty() ? crypto::sha256(canonical) : how.digest;
    const auto inner =
        "<ds:CanonicalizationMethod Algorithm=\"" + how.canonicalisation +
        "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"" + how.method + "\">" +
        how.in_method + "</ds:SignatureMethod><ds:Reference URI=\"" + reference +
        "\"><ds:Transforms>" + how.transforms + "</ds:Transforms><ds:DigestMethod Algorithm=\"" +
        how.digest_method + "\"></ds:DigestMethod><ds:DigestValue>" + base64_encode(digest) +
        "</ds:DigestValue></ds:Reference>" + how.in_info;
    const std::string kNs = " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
    const auto info = "<ds:SignedInfo" + kNs + ">" + inner + "</ds:SignedInfo>";
    const auto value = how.value ? *how.value : crypto::sign(*how.key, how.algorithm, info).value();
    return "<ds:Signature" + kNs + "><ds:SignedInfo>" + inner +
           "</ds:SignedInfo><ds:SignatureValue>" + base64_encode(value) + "</ds:SignatureValue>" +
           how.key_info + how.behind + "</ds:Signature>";
}

// The signature stands where the schema wants it: behind the first Issuer.
inline std::string with_signature(std::string text, const std::string& signature) {
    constexpr std::string_view kEnd = "</saml:Issuer>";
    return text.insert(text.find(kEnd) + kEnd.size(), signature);
}

inline std::string signed_assertion(const Parts& parts = {}, const Signing& how = {}) {
    const auto text = parts.text();
    return with_signature(text, signature_of(text, parts.id, how));
}

inline std::string response_around(
    std::string_view assertion, std::string_view extensions = {},
    std::string_view status = "urn:oasis:names:tc:SAML:2.0:status:Success") {
    return "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" "
           "IssueInstant=\"" +
           at(-5) + "\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"" +
           "urn:oasis:names:tc:SAML:2.0:assertion\">" + std::string(kIssuer) + "</saml:Issuer>" +
           std::string(extensions) + "<samlp:Status><samlp:StatusCode Value=\"" +
           std::string(status) + "\"></samlp:StatusCode></samlp:Status>" + std::string(assertion) +
           "</samlp:Response>";
}

inline std::string signed_response(std::string_view assertion, const Signing& how = {}) {
    const auto text = response_around(assertion);
    return with_signature(text, signature_of(text, "_r1", how));
}

inline Demands demands() {
    Demands wanted;
    wanted.issuer = std::string(kIssuer);
    wanted.signers.keys = {issuer_key().public_key()};
    wanted.audiences = {std::string(kAudience)};
    wanted.recipients = {std::string(kRecipient)};
    return wanted;
}

inline Result<AssertionFacts> verify(std::string_view xml, const Demands& wanted = demands(),
                                     const DecryptionKeys& keys = {}) {
    CAMBIST_TRY(const auto presented, Presented::parse(xml, keys));
    return presented.verify(wanted, now());
}

// Why it was refused; kInternal when it was not.
inline ErrorCode refusal(std::string_view xml, const Demands& wanted = demands(),
                         const DecryptionKeys& keys = {}) {
    const auto verified = verify(xml, wanted, keys);
    return verified ? ErrorCode::kInternal : verified.error().code;
}

}  // namespace cambist::saml::test
