// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "saml/date_time.h"
#include "saml/test_assertion.h"

namespace cambist::saml::test {
namespace {

TEST(SamlAssertion, IsReadWhenEverythingIsRight) {
    const auto facts = verify(signed_assertion());
    ASSERT_TRUE(facts) << facts.error().describe();
    EXPECT_EQ(facts->id, "_a1");
    EXPECT_EQ(facts->issuer, kIssuer);
    EXPECT_EQ(facts->issued_at, now() - Seconds(10));
    EXPECT_EQ(facts->name_id.value, "alice");
    EXPECT_EQ(facts->name_id.format, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent");
    EXPECT_EQ(facts->audiences, std::vector<std::string>{std::string(kAudience)});
    EXPECT_EQ(facts->expires_at, now() + Seconds(300));
    EXPECT_EQ(facts->confirmation.recipient, kRecipient);
    EXPECT_FALSE(facts->one_time_use);
    ASSERT_TRUE(facts->authentication);
    EXPECT_EQ(facts->authentication->instant, now() - Seconds(60));
    EXPECT_EQ(facts->authentication->session_index, "s-1");
    EXPECT_EQ(facts->authentication->context_class,
              "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport");
    ASSERT_EQ(facts->attributes.size(), 1U);
    EXPECT_EQ(facts->attributes[0].name, "mail");
    EXPECT_EQ(facts->attributes[0].values, std::vector<std::string>{"alice@example.com"});
}

TEST(SamlAssertion, IsDecodedFromBase64UrlAndNothingElse) {
    const auto xml = signed_assertion();
    EXPECT_EQ(Presented::decode(base64url_encode(xml), {}).value().claimed_issuer(), kIssuer);
    for (const auto& text : {base64_encode(xml), xml, base64url_encode(xml) + "=",
                             base64url_encode(xml).insert(76, "\n"), std::string()}) {
        const auto presented = Presented::decode(text, {});
        ASSERT_FALSE(presented);
        EXPECT_EQ(presented.error().code, ErrorCode::kSamlMalformed);
    }
    EXPECT_NE(Presented::decode(xml, {}).error().hint.find("XML"), std::string::npos);
    EXPECT_NE(Presented::decode(base64_encode(xml + "~~~???"), {}).error().hint.find("base64:"),
              std::string::npos);
}

TEST(SamlAssertion, VerifiesWithEachAcceptedAlgorithm) {
    const auto es = crypto::PrivateKey::generate(crypto::KeyKind::kP256).value();
    auto wanted = demands();
    wanted.signers.keys = {foreign_key().public_key(), es.public_key(), issuer_key().public_key()};
    Signing how;
    how.key = &es;
    how.algorithm = SignatureAlgorithm::kEs256;
    how.method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    EXPECT_TRUE(verify(signed_assertion({}, how), wanted));
    how = Signing();
    how.algorithm = SignatureAlgorithm::kRs512;
    how.method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
    how.digest_method = "http://www.w3.org/2001/04/xmlenc#sha512";
    how.digest = crypto::digest(crypto::Hash::kSha512, Parts().text());
    EXPECT_TRUE(verify(signed_assertion({}, how), wanted));
}

TEST(SamlAssertion, TakesPssOnlyWhereItIsConfigured) {
    Signing how;
    how.algorithm = SignatureAlgorithm::kPs256;
    how.method = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
    auto wanted = demands();
    EXPECT_EQ(refusal(signed_assertion({}, how), wanted), ErrorCode::kSamlAlgorithm);
    wanted.signers.algorithms = {SignatureAlgorithm::kPs256};
    EXPECT_TRUE(verify(signed_assertion({}, how), wanted));
    EXPECT_EQ(refusal(signed_assertion(), wanted), ErrorCode::kSamlAlgorithm);
}

TEST(SamlAssertion, HonoursInclusiveNamespaces) {
    Parts parts;
    auto text = parts.text();
    // xs is used in a value only, where exclusive canonicalisation does not see it.
    text = replaced(text, "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
                    "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" "
                    "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"");
    text = replaced(text, "<saml:AttributeValue>",
                    "<saml:AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                    "xsi:type=\"xs:string\">");
    Signing how;
    how.transforms = replaced(how.transforms, "xml-exc-c14n#\">",
                              "xml-exc-c14n#\"><ec:InclusiveNamespaces "
                              "xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" "
                              "PrefixList=\"xs\"></ec:InclusiveNamespaces>");
    EXPECT_TRUE(verify(with_signature(text, signature_of(text, parts.id, how))));
    // Without the list the declaration of xs is not signed.
    EXPECT_EQ(refusal(with_signature(text, signature_of(text, parts.id))), ErrorCode::kSamlDigest);
}

struct Judged {
    std::string name;
    Parts parts;
    ErrorCode code;
};

using enum ErrorCode;

// Cases, each a right assertion with one change.
struct Cases {
    std::vector<Judged> list;
    void operator()(std::string name, ErrorCode code, auto change) {
        Parts parts;
        change(parts);
        list.push_back({std::move(name), std::move(parts), code});
    }
};

Cases of_times_and_issuers() {
    Cases add;
    add("issuer of another", kSamlIssuer,
        [](Parts& p) { p.issuer = "<saml:Issuer>https://idp.example/Metadata</saml:Issuer>"; });
    add("issuer with white space", kSamlIssuer,
        [](Parts& p) { p.issuer = replaced(p.issuer, "</", " </"); });
    add("issuer of another format", kSamlIssuer, [](Parts& p) {
        p.issuer = replaced(p.issuer, ">",
                            " Format=\"urn:oasis:names:tc:SAML:1.1:"
                            "nameid-format:emailAddress\">");
    });
    add("expired", kSamlExpired,
        [](Parts& p) { p.conditions = replaced(p.conditions, at(600), at(-60)); });
    add("not yet valid", kSamlNotYetValid,
        [](Parts& p) { p.conditions = replaced(p.conditions, at(-30), at(61)); });
    add("issued in the future", kSamlNotYetValid, [](Parts& p) { p.issued = at(61); });
    add("logged in in the future", kSamlNotYetValid,
        [](Parts& p) { p.statements = replaced(p.statements, at(-60), at(61)); });
    add("issued too long ago", kSamlLifetime, [](Parts& p) { p.issued = at(-3661); });
    add("lives too long", kSamlLifetime, [](Parts& p) {
        p.conditions = replaced(p.conditions, at(600), at(86401));
        p.confirmation = replaced(p.confirmation, at(300), at(86401));
    });
    add("never ends", kSamlLifetime, [](Parts& p) {
        p.conditions = replaced(p.conditions, " NotOnOrAfter=\"" + at(600) + "\"", "");
        p.confirmation = replaced(p.confirmation, "NotOnOrAfter=\"" + at(300) + "\" ", "");
    });
    add("session is over", kSamlExpired, [](Parts& p) {
        p.statements = replaced(p.statements, " SessionIndex=\"s-1\"",
                                " SessionIndex=\"s-1\" SessionNotOnOrAfter=\"" + at(-60) + "\"");
    });
    return add;
}

Cases of_conditions() {
    Cases add;
    add("wrong audience", kSamlAudience, [](Parts& p) {
        p.conditions = replaced(p.conditions, kAudience, "https://other.example");
    });
    add("no conditions", kSamlAudience, [](Parts& p) { p.conditions.clear(); });
    add("no audience", kSamlAudience, [](Parts& p) {
        p.conditions = "<saml:Conditions NotOnOrAfter=\"" + at(600) + "\"></saml:Conditions>";
    });
    add("a second restriction without us", kSamlAudience, [](Parts& p) {
        p.conditions = replaced(p.conditions, "</saml:Conditions>",
                                "<saml:AudienceRestriction><saml:Audience>https://other.example"
                                "</saml:Audience></saml:AudienceRestriction></saml:Conditions>");
    });
    add("unknown condition", kSamlCondition, [](Parts& p) {
        p.conditions = replaced(p.conditions, "</saml:Conditions>",
                                "<saml:Condition xmlns:xsi=\"http://www.w3.org/"
                                "2001/XMLSchema-instance\" xsi:type=\"Moon\"></saml:Condition>"
                                "</saml:Conditions>");
    });
    return add;
}

Cases of_confirmations() {
    Cases add;
    add("wrong recipient", kSamlRecipient, [](Parts& p) {
        p.confirmation = replaced(p.confirmation, kRecipient, "https://other.example/token");
    });
    add("no recipient", kSamlRecipient, [](Parts& p) {
        p.confirmation =
            replaced(p.confirmation, " Recipient=\"" + std::string(kRecipient) + "\"", "");
    });
    add("confirmation expired", kSamlConfirmationExpired,
        [](Parts& p) { p.confirmation = replaced(p.confirmation, at(300), at(-60)); });
    add("bearer with NotBefore", kSamlConfirmation, [](Parts& p) {
        p.confirmation =
            replaced(p.confirmation, "NotOnOrAfter", "NotBefore=\"" + at(-9) + "\" NotOnOrAfter");
    });
    add("holder of key", kSamlConfirmation, [](Parts& p) {
        p.confirmation = replaced(p.confirmation, "cm:bearer", "cm:holder-of-key");
    });
    add("no confirmation", kSamlConfirmation, [](Parts& p) { p.confirmation.clear(); });
    return add;
}

Cases of_form() {
    Cases add;
    add("no NameID", kSamlNameId, [](Parts& p) { p.name_id.clear(); });
    add("empty NameID", kSamlNameId, [](Parts& p) { p.name_id = "<saml:NameID></saml:NameID>"; });
    add("NameID with white space", kSamlNameId,
        [](Parts& p) { p.name_id = "<saml:NameID>alice\n</saml:NameID>"; });
    add("NameID of another format", kSamlNameId,
        [](Parts& p) { p.name_id = replaced(p.name_id, ":persistent", ":transient"); });
    add("NameID without a format", kSamlNameId,
        [](Parts& p) { p.name_id = "<saml:NameID>alice</saml:NameID>"; });
    add("NameID of somebody else's realm", kSamlNameId, [](Parts& p) {
        p.name_id = replaced(p.name_id, "\">", "\" NameQualifier=\"https://other.example\">");
    });
    add("NameID for somebody else", kSamlNameId, [](Parts& p) {
        p.name_id = replaced(p.name_id, "\">", "\" SPNameQualifier=\"https://other.example\">");
    });
    add("BaseID", kSamlFeature, [](Parts& p) { p.name_id = "<saml:BaseID></saml:BaseID>"; });
    add("an attribute twice", kSamlStructure, [](Parts& p) {
        p.statements +=
            "<saml:AttributeStatement><saml:Attribute Name=\"mail\">"
            "<saml:AttributeValue>admin@example.com</saml:AttributeValue>"
            "</saml:Attribute></saml:AttributeStatement>";
    });
    add("no such day", kSamlStructure, [](Parts& p) { p.issued = "2027-02-30T00:00:00Z"; });
    add("time with a zone", kSamlStructure,
        [](Parts& p) { p.issued = "2027-01-15T09:00:00+01:00"; });
    add("time without a zone", kSamlStructure, [](Parts& p) { p.issued = "2027-01-15T08:00:00"; });
    add("two subjects", kSamlStructure, [](Parts& p) {
        p.conditions =
            "<saml:Subject><saml:NameID>admin</saml:NameID></saml:Subject>" + p.conditions;
    });
    add("an element SAML has not", kSamlStructure,
        [](Parts& p) { p.statements += "<saml:Trust></saml:Trust>"; });
    add("text between elements", kSamlStructure, [](Parts& p) { p.statements += "and so on"; });
    add("an attribute SAML has not", kSamlStructure,
        [](Parts& p) { p.name_id = replaced(p.name_id, "Format=", "Admin=\"1\" Format="); });
    return add;
}

TEST(SamlAssertion, IsRefusedWithOneCodeForEachCause) {
    std::vector<Judged> all;
    for (auto& some : {of_times_and_issuers(), of_conditions(), of_confirmations(), of_form()})
        all.insert(all.end(), some.list.begin(), some.list.end());
    for (const auto& one : all) {
        const auto verified = verify(signed_assertion(one.parts));
        ASSERT_FALSE(verified) << one.name;
        EXPECT_EQ(verified.error().code, one.code)
            << one.name << ": " << verified.error().describe();
    }
}

TEST(SamlAssertion, StillHoldsAtTheEdgeOfTheSkew) {
    Parts parts;
    parts.conditions = replaced(parts.conditions, at(600), at(-59));
    EXPECT_TRUE(verify(signed_assertion(parts)));
    parts = Parts();
    parts.conditions = replaced(parts.conditions, at(-30), at(60));
    EXPECT_TRUE(verify(signed_assertion(parts)));
    auto exact = demands();
    exact.skew = Seconds(0);
    EXPECT_EQ(refusal(signed_assertion(parts), exact), ErrorCode::kSamlNotYetValid);
}

TEST(SamlAssertion, NeedsOneConfirmationThatHolds) {
    Parts parts;
    parts.confirmation = replaced(parts.confirmation, kRecipient, "https://acs.example") +
                         replaced(parts.confirmation, "cm:bearer", "cm:sender-vouches") +
                         parts.confirmation;
    const auto facts = verify(signed_assertion(parts));
    ASSERT_TRUE(facts) << facts.error().describe();
    EXPECT_EQ(facts->confirmation.recipient, kRecipient);
}

TEST(SamlAssertion, TellsWhatItsIssuerRestricts) {
    Parts parts;
    parts.conditions =
        replaced(parts.conditions, "</saml:Conditions>",
                 "<saml:OneTimeUse></saml:OneTimeUse><saml:ProxyRestriction Count=\"0\">"
                 "</saml:ProxyRestriction></saml:Conditions>");
    parts.statements = replaced(parts.statements, " SessionIndex=\"s-1\"",
                                " SessionIndex=\"s-1\" SessionNotOnOrAfter=\"" + at(120) + "\"");
    const auto facts = verify(signed_assertion(parts));
    ASSERT_TRUE(facts) << facts.error().describe();
    EXPECT_TRUE(facts->one_time_use);
    EXPECT_FALSE(facts->may_be_passed_on);
    EXPECT_EQ(facts->expires_at, now() + Seconds(120));
}

TEST(SamlAssertion, SaysHowTheSubjectLoggedInWhereThatIsDemanded) {
    Parts parts;
    parts.statements.clear();
    EXPECT_TRUE(verify(signed_assertion(parts)));
    auto wanted = demands();
    wanted.needs_authn_statement = true;
    EXPECT_EQ(refusal(signed_assertion(parts), wanted), ErrorCode::kSamlAuthnStatement);
}

TEST(SamlAssertion, KeepsAStructuredValueApart) {
    Parts parts;
    parts.statements =
        "<saml:AttributeStatement><saml:Attribute Name=\"id\"><saml:AttributeValue><saml:NameID>"
        "pseudonym</saml:NameID></saml:AttributeValue></saml:Attribute><saml:Attribute "
        "Name=\"role\"><saml:AttributeValue><r:Code xmlns:r=\"urn:r\"></r:Code>"
        "</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>";
    const auto facts = verify(signed_assertion(parts));
    ASSERT_TRUE(facts) << facts.error().describe();
    EXPECT_EQ(facts->attributes[0].values, std::vector<std::string>{"pseudonym"});
    EXPECT_TRUE(facts->attributes[1].values.empty());
    EXPECT_TRUE(facts->attributes[1].has_structure);
}

TEST(SamlResponse, IsAcceptedOnlyWhereItIsConfigured) {
    const auto response = response_around(signed_assertion());
    auto wanted = demands();
    EXPECT_EQ(refusal(response, wanted), ErrorCode::kSamlResponse);
    wanted.accepts_responses = true;
    EXPECT_TRUE(verify(response, wanted));
    EXPECT_EQ(refusal(response_around(Parts().text()), wanted), ErrorCode::kSamlUnsigned);
}

TEST(SamlResponse, IsSignedAsItsIssuersSettingSays) {
    auto wanted = demands();
    wanted.accepts_responses = true;
    const auto only_response = signed_response(Parts().text());
    const auto only_assertion = response_around(signed_assertion());
    const auto both = signed_response(signed_assertion());
    EXPECT_EQ(refusal(only_response, wanted), ErrorCode::kSamlUnsigned);
    wanted.signed_part = SignedPart::kResponse;
    EXPECT_TRUE(verify(only_response, wanted));
    EXPECT_EQ(refusal(only_assertion, wanted), ErrorCode::kSamlUnsigned);
    wanted.signed_part = SignedPart::kBoth;
    EXPECT_TRUE(verify(both, wanted));
    EXPECT_EQ(refusal(only_response, wanted), ErrorCode::kSamlUnsigned);
    EXPECT_EQ(refusal(only_assertion, wanted), ErrorCode::kSamlUnsigned);
    // What must be signed by itself is signed by itself, also when it is sent without a response.
    EXPECT_TRUE(verify(signed_assertion(), wanted));
}

TEST(SamlResponse, MustReportSuccess) {
    auto wanted = demands();
    wanted.accepts_responses = true;
    EXPECT_EQ(refusal(response_around(signed_assertion(), {},
                                      "urn:oasis:names:tc:SAML:2.0:status:Responder"),
                      wanted),
              ErrorCode::kSamlStatus);
}

TEST(SamlTimes, AreReadExactly) {
    EXPECT_EQ(parse_date_time("2027-01-15T08:00:00Z"), from_unix(1'800'000'000));
    EXPECT_EQ(parse_date_time("2027-01-15T08:00:00.5Z"),
              from_unix(1'800'000'000) + std::chrono::milliseconds(500));
    for (const auto* text :
         {"", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15T08:00:00.Z", "2027-13-15T08:00:00Z",
          "2027-01-32T08:00:00Z", "2027-01-15T24:00:00Z", "2027-01-15T08:00:60Z",
          "2027-01-15T08:00:00z", "2027-01-15 08:00:00Z", " 2027-01-15T08:00:00Z",
          "-2027-01-15T08:00:00Z", "12027-01-15T08:00:00Z", "2027-1-15T08:00:00Z"})
        EXPECT_FALSE(parse_date_time(text)) << text;
    EXPECT_EQ(parse_duration("PT1H30M"), Seconds(5400));
    EXPECT_EQ(parse_duration("P1DT0.5S"), Seconds(86400));
    EXPECT_EQ(parse_duration("P2Y"), Seconds(2 * 365 * 86400));
    for (const auto* text : {"", "P", "PT", "P1", "PT5", "1D", "-P1D", "P1S", "PT1D", "P1DT",
                             "P1M1Y", "P9999999999Y", "P999999999Y", "P1.5D"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace cambist::saml::test
