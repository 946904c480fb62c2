// SPDX-License-Identifier: Apache-2.0
// Attacks on SAML, one named case each. What the issuer signed is always genuine and says "alice";
// the attacker wants to be "admin", or to do harm.
#include <gtest/gtest.h>

#include <algorithm>

#include "saml/test_assertion.h"

namespace cambist::saml::test {
namespace {

using enum ErrorCode;

struct Attack {
    std::string name;
    std::string xml;
    std::vector<ErrorCode> codes;  // any of them
};

// Every attack must fail whatever of a response has to be signed.
void expect_refused(const std::vector<Attack>& attacks) {
    for (const auto& attack : attacks) {
        for (const auto part : {SignedPart::kAssertion, SignedPart::kResponse, SignedPart::kBoth}) {
            auto wanted = demands();
            wanted.accepts_responses = true;
            wanted.signed_part = part;
            const auto verified = verify(attack.xml, wanted);
            ASSERT_FALSE(verified) << attack.name << ": taken for " << verified->name_id.value;
            const auto code = verified.error().code;
            EXPECT_NE(std::ranges::find(attack.codes, code), attack.codes.end())
                << attack.name << ": " << verified.error().describe();
        }
    }
}

// The material of signature wrapping: a genuine assertion, in parts, and a forged one.
struct Material {
    std::string plain = Parts().text();  // without its signature
    std::string signature = signature_of(plain, Parts().id);
    std::string genuine = with_signature(plain, signature);
    std::string evil = replaced(replaced(plain, ">alice<", ">admin<"), "ID=\"_a1\"", "ID=\"_e1\"");
    std::string evil_same_id = replaced(plain, ">alice<", ">admin<");
};

std::string in_signature(const std::string& signature, const std::string& inner) {
    return replaced(signature, "</ds:Signature>", inner + "</ds:Signature>");
}

// The eight shapes of "On Breaking SAML" (USENIX Security 2012), as they are usually numbered.
TEST(SamlWrapping, XswOneToEightAreRefused) {
    const Material m;
    const auto response = response_around(m.plain);
    const auto response_signature = signature_of(response, "_r1");
    const auto evil_response =
        replaced(replaced(response, ">alice<", ">admin<"), "ID=\"_r1\"", "ID=\"_e2\"");
    const std::vector<ErrorCode> refusals{kSamlWrapped, kSamlIdRepeated};
    const auto object = "<ds:Object>" + m.plain + "</ds:Object>";
    expect_refused({
        {"XSW1: the signed response inside the signature of a forged one",
         with_signature(evil_response, in_signature(response_signature, response)), refusals},
        {"XSW2: the signed response before the signature, in a forged one",
         with_signature(evil_response, response + response_signature), refusals},
        {"XSW3: a forged assertion before the signed one", response_around(m.evil + m.genuine),
         refusals},
        {"XSW4: a forged assertion around the signed one",
         response_around(replaced(m.evil, "</saml:Assertion>", m.genuine + "</saml:Assertion>")),
         refusals},
        {"XSW5: the signature in a forged assertion, the signed one at the end",
         response_around(with_signature(m.evil, m.signature) + m.plain), refusals},
        {"XSW6: the signed assertion inside the signature of a forged one",
         response_around(with_signature(m.evil, in_signature(m.signature, m.plain))), refusals},
        {"XSW7: a forged assertion in Extensions",
         response_around(m.genuine, "<samlp:Extensions>" + m.evil + "</samlp:Extensions>"),
         refusals},
        {"XSW8: the signed assertion in ds:Object of a forged one's signature",
         response_around(with_signature(m.evil, in_signature(m.signature, object))), refusals},
    });
}

TEST(SamlWrapping, IsRefusedAlsoWithTheSameIdAndWithoutAResponse) {
    const Material m;
    const std::vector<ErrorCode> refusals{kSamlWrapped, kSamlIdRepeated};
    const auto advice = [&](const std::string& inner) {
        return "<saml:Advice>" + inner + "</saml:Advice>";
    };
    auto around = Parts();
    around.name_id = replaced(around.name_id, ">alice<", ">admin<");
    around.id = "_e1";
    around.advice = advice(m.genuine);
    auto value = Parts();
    value.name_id = around.name_id;
    value.id = "_e1";
    value.statements +=
        "<saml:AttributeStatement><saml:Attribute Name=\"x\"><saml:AttributeValue>" + m.genuine +
        "</saml:AttributeValue></saml:Attribute>"
        "</saml:AttributeStatement>";
    expect_refused({
        {"the same ID before", response_around(m.evil_same_id + m.genuine), refusals},
        {"the same ID behind", response_around(m.genuine + m.evil_same_id), refusals},
        {"the signed assertion in Advice", around.text(), refusals},
        {"the signed assertion in an attribute value", value.text(), refusals},
        {"the signed assertion in the signature of a bare forged one",
         with_signature(m.evil, in_signature(m.signature, m.plain)), refusals},
        {"the signed assertion in KeyInfo of a bare forged one",
         with_signature(m.evil,
                        in_signature(m.signature, "<ds:KeyInfo>" + m.plain + "</ds:KeyInfo>")),
         refusals},
        {"the signed assertion in ds:Object of a bare forged one",
         with_signature(m.evil,
                        in_signature(m.signature, "<ds:Object>" + m.plain + "</ds:Object>")),
         refusals},
        {"two signed assertions",
         response_around(m.genuine + replaced(m.genuine, "ID=\"_a1\"", "ID=\"_a2\"")), refusals},
        {"a response in a response", response_around(response_around(m.genuine)), refusals},
        {"two signatures", with_signature(m.genuine, m.signature), {kSamlStructure, kSamlWrapped}},
    });
}

TEST(SamlSignature, CoversTheElementItStandsIn) {
    const Material m;
    Parts parts;
    const auto signing = [&](auto change) {
        Signing how;
        change(how);
        return signed_assertion(parts, how);
    };
    expect_refused({
        {"no signature", m.plain, {kSamlUnsigned}},
        {"another signature",
         with_signature(m.evil, m.signature),
         {kSamlSignatureForm, kSamlUnsigned}},
        {"changed under the same ID", with_signature(m.evil_same_id, m.signature), {kSamlDigest}},
        {"empty reference", signing([](Signing& s) { s.reference = " "; }), {kSamlSignatureForm}},
        {"reference to another ID",
         signing([](Signing& s) { s.reference = "#_other"; }),
         {kSamlSignatureForm}},
        {"reference to a URL",
         signing([](Signing& s) { s.reference = "https://evil.example/assertion"; }),
         {kSamlSignatureForm}},
        {"reference by XPointer",
         signing([](Signing& s) { s.reference = "#xpointer(id('_a1'))"; }),
         {kSamlSignatureForm}},
        {"no reference URI", replaced(m.genuine, " URI=\"#_a1\"", ""), {kSamlSignatureForm}},
        {"two references",
         signing([&](Signing& s) { s.in_info = "<ds:Reference URI=\"#_a1\"></ds:Reference>"; }),
         {kSamlSignatureForm}},
        {"a manifest",
         signing(
             [](Signing& s) { s.behind = "<ds:Object><ds:Manifest></ds:Manifest></ds:Object>"; }),
         {kSamlWrapped}},
        {"signature not behind the Issuer",
         replaced(m.plain, "</saml:Assertion>", m.signature + "</saml:Assertion>"),
         {kSamlStructure}},
        {"signature deeper in the assertion",
         replaced(m.plain, "</saml:Subject>", m.signature + "</saml:Subject>"),
         {kSamlWrapped}},
        {"empty signature value", signing([](Signing& s) { s.value = ""; }), {kSamlSignature}},
        {"zeroes as the signature",
         signing([](Signing& s) { s.value = std::string(256, '\0'); }),
         {kSamlSignature}},
    });
}

// Responses that are not signed are refused for that where they must be.
TEST(SamlSignature, TakesNoTransformsAndCanonicalisationsButItsOwn) {
    const Parts parts;
    std::vector<Attack> attacks;
    const auto add = [&](std::string name, auto change) {
        Signing how;
        change(how);
        attacks.push_back({std::move(name), signed_assertion(parts, how), {kSamlSignatureForm}});
    };
    const auto transform = [](std::string_view uri, std::string_view inner = {}) {
        return "<ds:Transform Algorithm=\"" + std::string(uri) + "\">" + std::string(inner) +
               "</ds:Transform>";
    };
    const Signing usual;
    const auto enveloped = transform("http://www.w3.org/2000/09/xmldsig#enveloped-signature");
    add("XSLT", [&](Signing& s) {
        s.transforms = enveloped + transform("http://www.w3.org/TR/1999/REC-xslt-19991116",
                                             "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/"
                                             "XSL/Transform\"></xsl:stylesheet>");
    });
    add("XPath", [&](Signing& s) {
        s.transforms = enveloped + transform("http://www.w3.org/TR/1999/REC-xpath-19991116",
                                             "<ds:XPath>self::none</ds:XPath>");
    });
    add("XPath filter 2", [&](Signing& s) {
        s.transforms = enveloped + transform("http://www.w3.org/2002/06/xmldsig-filter2");
    });
    add("base64", [&](Signing& s) {
        s.transforms = enveloped + transform("http://www.w3.org/2000/09/xmldsig#base64");
    });
    add("inclusive canonicalisation", [&](Signing& s) {
        s.transforms = enveloped + transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315");
    });
    add("canonicalisation with comments", [&](Signing& s) {
        s.transforms = enveloped + transform("http://www.w3.org/2001/10/xml-exc-c14n#WithComments");
    });
    add("no transforms", [](Signing& s) { s.transforms.clear(); });
    add("no enveloped-signature",
        [&](Signing& s) { s.transforms = transform("http://www.w3.org/2001/10/xml-exc-c14n#"); });
    add("three transforms", [&](Signing& s) { s.transforms = enveloped + usual.transforms; });
    add("transforms the other way round", [&](Signing& s) {
        s.transforms = transform("http://www.w3.org/2001/10/xml-exc-c14n#") + enveloped;
    });
    add("SignedInfo canonicalised otherwise",
        [](Signing& s) { s.canonicalisation = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"; });
    add("SignedInfo canonicalised by nothing known",
        [](Signing& s) { s.canonicalisation = "urn:none"; });
    add("HMAC truncated to a bit",
        [](Signing& s) { s.in_method = "<ds:HMACOutputLength>1</ds:HMACOutputLength>"; });
    expect_refused(attacks);
}

TEST(SamlSignature, TakesNoWeakAlgorithmsAndNoSharedSecrets) {
    std::vector<Attack> attacks;
    const auto add = [&](std::string name, auto change) {
        Signing how;
        change(how);
        attacks.push_back({std::move(name), signed_assertion({}, how), {kSamlAlgorithm}});
    };
    for (const auto* uri : {"http://www.w3.org/2000/09/xmldsig#rsa-sha1",
                            "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
                            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
                            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
                            "http://www.w3.org/2000/09/xmldsig#hmac-sha1", "none", ""})
        add(uri, [&](Signing& s) { s.method = uri; });
    add("HMAC with the public key as its secret", [](Signing& s) {
        s.method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
        s.value = crypto::hmac_sha256(issuer_key().public_key().to_pem(), "SignedInfo");
    });
    add("digest by SHA-1", [](Signing& s) {
        s.digest_method = "http://www.w3.org/2000/09/xmldsig#sha1";
        s.digest = std::string(20, 'x');
    });
    add("digest by MD5",
        [](Signing& s) { s.digest_method = "http://www.w3.org/2001/04/xmldsig-more#md5"; });
    expect_refused(attacks);
}

TEST(SamlSignature, TrustsNoKeyThatCameWithIt) {
    const auto certificate =
        crypto::make_self_signed_certificate(
            foreign_key(), {"idp.example", now() - Seconds(60), now() + Seconds(600)},
            SystemRandom())
            .value();
    Signing how;
    how.key = &foreign_key();
    std::vector<Attack> attacks{{"foreign key", signed_assertion({}, how), {kSamlSignature}}};
    how.key_info = "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>" + base64_encode(certificate) +
                   "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>";
    attacks.push_back({"its certificate in KeyInfo", signed_assertion({}, how), {kSamlSignature}});
    how.key_info =
        "<ds:KeyInfo><ds:RetrievalMethod URI=\"https://evil.example/key\">"
        "</ds:RetrievalMethod></ds:KeyInfo>";
    attacks.push_back({"its key at a URL", signed_assertion({}, how), {kSamlSignature}});
    expect_refused(attacks);
    // The same KeyInfo does not spoil what a configured key has signed.
    how.key = &issuer_key();
    EXPECT_TRUE(verify(signed_assertion({}, how)));
}

TEST(SamlSignature, OfNothingProvesNothing) {
    Signing how;
    how.digest = crypto::sha256("");
    const auto text = Parts().text();
    expect_refused({
        {"the digest of nothing", signed_assertion({}, how), {kSamlDigest}},
        // A namespace that can not be canonicalised: libraries gave an empty text for it.
        {"void canonicalisation",
         replaced(signed_assertion({}, how), "<saml:Subject>",
                  "<saml:Subject xmlns:void=\"relative\">"),
         {kSamlMalformed}},
        {"void canonicalisation of SignedInfo",
         replaced(signed_assertion({}, how), "<ds:SignedInfo>", "<ds:SignedInfo xmlns:void=\"1\">"),
         {kSamlMalformed}},
    });
}

TEST(SamlText, IsReadWholeWhateverStandsInIt) {
    Parts parts;
    parts.name_id = replaced(parts.name_id, ">alice<", ">admin@example.com.evil.example<");
    const auto genuine = signed_assertion(parts);
    for (const auto* between : {"<!---->", "<!-- a --><!-- b -->"}) {
        const auto facts = verify(replaced(genuine, "admin@example.com.evil",
                                           "admin@example.com" + std::string(between) + ".evil"));
        ASSERT_TRUE(facts) << facts.error().describe();
        EXPECT_EQ(facts->name_id.value, "admin@example.com.evil.example");
    }
    const auto facts =
        verify(replaced(genuine, "admin@example.com.evil", "admin@example.com<![CDATA[.evil]]>"));
    ASSERT_TRUE(facts) << facts.error().describe();
    EXPECT_EQ(facts->name_id.value, "admin@example.com.evil.example");
    EXPECT_EQ(refusal(replaced(genuine, "admin@example.com.evil", "admin@example.com<?x y?>.evil")),
              kSamlMalformed);
    EXPECT_EQ(refusal(replaced(genuine, "admin@example.com.evil", "admin@example.com<b></b>.evil")),
              kSamlStructure);
}

TEST(SamlParser, RefusesDocumentTypesAndEntities) {
    const auto genuine = signed_assertion();
    const auto with = [&](std::string_view before, std::string_view value = "alice") {
        return std::string(before) + replaced(genuine, ">alice<", ">" + std::string(value) + "<");
    };
    const std::vector<ErrorCode> doctype{kSamlDoctype};
    expect_refused({
        {"an empty document type", with("<!DOCTYPE saml>"), doctype},
        {"behind the XML declaration", with("<?xml version=\"1.0\"?><!DOCTYPE saml>"), doctype},
        {"behind a comment", with("<!-- --><!DOCTYPE saml>"), doctype},
        {"an external document type", with("<!DOCTYPE saml SYSTEM \"file:///etc/passwd\">"),
         doctype},
        {"an external entity",
         with("<!DOCTYPE s [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", "&x;"), doctype},
        {"an entity from the network",
         with("<!DOCTYPE s [<!ENTITY x SYSTEM \"http://127.0.0.1/\">]>", "&x;"), doctype},
        {"a parameter entity",
         with("<!DOCTYPE s [<!ENTITY % x SYSTEM \"http://127.0.0.1/x.dtd\"> %x;]>"), doctype},
        {"billion laughs",
         with("<!DOCTYPE s [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
              "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>",
              "&c;"),
         doctype},
        {"an ID declared by a document type",
         with("<!DOCTYPE s [<!ATTLIST saml:Assertion FakeID ID #IMPLIED>]>"), doctype},
        {"an undeclared entity", with("", "&x;"), {kSamlMalformed}},
    });
}

TEST(SamlParser, RefusesWhatIsNoPlainXmlInUtf8) {
    const auto genuine = signed_assertion();
    const std::vector<ErrorCode> malformed{kSamlMalformed};
    EXPECT_TRUE(verify("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + genuine));
    expect_refused({
        {"nothing", "", malformed},
        {"no XML", "alice", malformed},
        {"two roots", genuine + genuine, malformed},
        {"cut off", genuine.substr(0, genuine.size() - 1), malformed},
        {"another encoding", "<?xml version=\"1.0\" encoding=\"UTF-7\"?>" + genuine, malformed},
        {"XML 1.1", "<?xml version=\"1.1\"?>" + genuine, malformed},
        {"UTF-16", std::string("\xFF\xFE<\0a\0", 6), malformed},
        {"bytes that are no UTF-8", replaced(genuine, "alice", "al\xC0\xAF"), malformed},
        {"a zero byte", replaced(genuine, "alice", std::string_view("al\0ce", 5)), malformed},
        {"a processing instruction", "<?php x?>" + genuine, malformed},
        {"a prefix that is not declared", replaced(genuine, "<saml:Subject>", "<evil:Subject>"),
         malformed},
        {"an undeclared attribute prefix",
         replaced(genuine, "<saml:Subject>", "<saml:Subject evil:x=\"1\">"), malformed},
        {"an attribute twice", replaced(genuine, "ID=\"_a1\"", "ID=\"_a1\" ID=\"_e1\""), malformed},
        {"an attribute twice by namespace",
         replaced(genuine, "<saml:Subject>",
                  "<saml:Subject xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:x=\"1\" b:x=\"2\">"),
         malformed},
        {"the prefix xml bound anew",
         replaced(genuine, "<saml:Subject>", "<saml:Subject xmlns:xml=\"urn:x\">"), malformed},
    });
}

TEST(SamlParser, IsBounded) {
    const std::vector<ErrorCode> too_large{kSamlTooLarge};
    const auto with_values = [](const std::string& values) {
        Parts parts;
        parts.statements = "<saml:AttributeStatement><saml:Attribute Name=\"a\">" + values +
                           "</saml:Attribute></saml:AttributeStatement>";
        return signed_assertion(parts);
    };
    std::string many;
    for (int i = 0; i < 4001; ++i) many += "<saml:AttributeValue></saml:AttributeValue>";
    std::string deep = "<saml:AttributeValue>";
    for (int i = 0; i < 80; ++i) deep += "<x>";
    for (int i = 0; i < 80; ++i) deep += "</x>";
    std::string wide = "<saml:AttributeValue";
    for (int i = 0; i < 65; ++i) wide += " a" + std::to_string(i) + "=\"\"";
    std::string spaces = "<saml:AttributeValue";
    for (int i = 0; i < 501; ++i) spaces += " xmlns:n" + std::to_string(i) + "=\"urn:n\"";
    const std::string end = "</saml:AttributeValue>";
    expect_refused({
        {"huge", with_values("<saml:AttributeValue>" + std::string(300'000, 'x') + end), too_large},
        {"too many elements", with_values(many), too_large},
        {"too deep", with_values(deep + end), too_large},
        {"too many attributes", with_values(wide + ">" + end), too_large},
        {"too many namespaces", with_values(spaces + ">" + end), too_large},
        {"a namespace of a length",
         with_values("<saml:AttributeValue xmlns:n=\"urn:" + std::string(300, 'n') + "\">" + end),
         {kSamlMalformed}},
    });
}

TEST(SamlIds, AreUniqueInTheDocument) {
    const auto genuine = signed_assertion();
    const std::vector<ErrorCode> repeated{kSamlIdRepeated};
    expect_refused({
        {"in an attribute value's element",
         replaced(genuine, "<saml:AttributeValue>", "<saml:AttributeValue ID=\"_a1\">"), repeated},
        {"as Id", replaced(genuine, "<ds:SignedInfo>", "<ds:SignedInfo Id=\"_a1\">"), repeated},
        {"as xml:id", replaced(genuine, "<saml:Subject>", "<saml:Subject xml:id=\"_a1\">"),
         repeated},
        {"of the response", replaced(response_around(genuine), "ID=\"_r1\"", "ID=\"_a1\""),
         repeated},
    });
}

}  // namespace
}  // namespace cambist::saml::test
