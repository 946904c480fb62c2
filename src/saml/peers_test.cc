// SPDX-License-Identifier: Apache-2.0
// Documents that others signed and encrypted (tests/data/saml), at the time they were made.
#include <gtest/gtest.h>

#include <string>

#include "base/files.h"
#include "crypto/certificate.h"
#include "saml/presented.h"

namespace cambist::saml {
namespace {

constexpr std::string_view kEmail = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

std::string file(const std::string& name) {
    return read_file(std::string(CAMBIST_SOURCE_DIR) + "/tests/data/saml/" + name).value();
}
TimePoint made_at() { return from_unix(std::stoll(file("made-at.txt"))); }

Demands demands(SignedPart part) {
    Demands wanted;
    wanted.issuer = "https://idp.example/metadata";
    wanted.signers.keys = {crypto::public_key_of_certificate(file("idp.certificate.pem")).value()};
    wanted.audiences = {"https://cambist.example/realms/shop"};
    wanted.recipients = {"https://cambist.example/realms/shop/token"};
    wanted.accepts_responses = true;
    wanted.signed_part = part;
    return wanted;
}

Result<AssertionFacts> verify(const std::string& xml, const Demands& wanted, TimePoint now) {
    const auto key = crypto::PrivateKey::from_pem(file("decryption.key.pem")).value();
    CAMBIST_TRY(const auto presented, Presented::parse(xml, {{key}, false}));
    return presented.verify(wanted, now);
}

TEST(SamlPeers, Pysaml2MakesResponsesThatVerify) {
    const auto xml = file("pysaml2-response.xml");
    for (const auto part : {SignedPart::kAssertion, SignedPart::kResponse, SignedPart::kBoth}) {
        const auto facts = verify(xml, demands(part), made_at());
        ASSERT_TRUE(facts) << facts.error().describe();
        EXPECT_EQ(facts->name_id.value, "alice");
        ASSERT_EQ(facts->attributes.size(), 1U);
        EXPECT_EQ(facts->attributes[0].friendly_name, "mail");
        EXPECT_EQ(facts->attributes[0].values, std::vector<std::string>{"alice@example.com"});
        ASSERT_TRUE(facts->authentication);
        EXPECT_FALSE(facts->authentication->session_index.empty());
    }
    const auto later = verify(xml, demands(SignedPart::kAssertion), made_at() + Seconds(600));
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, ErrorCode::kSamlExpired);
}

TEST(SamlPeers, SamlifyMakesResponsesThatVerify) {
    auto xml = file("samlify-response.xml");
    for (const auto part : {SignedPart::kAssertion, SignedPart::kResponse, SignedPart::kBoth}) {
        auto wanted = demands(part);
        wanted.name_id_format = kEmail;
        const auto facts = verify(xml, wanted, made_at());
        ASSERT_TRUE(facts) << facts.error().describe();
        EXPECT_EQ(facts->name_id.value, "alice@example.com");
        EXPECT_EQ(facts->confirmation.in_response_to, "_request");
    }
    const auto name = xml.find("alice@example.com");
    xml.replace(name, 5, "mabel");
    auto wanted = demands(SignedPart::kAssertion);
    wanted.name_id_format = kEmail;
    const auto changed = verify(xml, wanted, made_at());
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code, ErrorCode::kSamlDigest);
}

TEST(SamlPeers, Xmlsec1EncryptsAssertionsThatAreOpened) {
    const auto xml = file("xmlsec1-encrypted.xml");
    const auto facts = verify(xml, demands(SignedPart::kAssertion), made_at());
    ASSERT_TRUE(facts) << facts.error().describe();
    EXPECT_EQ(facts->name_id.value, "alice");
    const auto sealed = Presented::parse(xml, {});
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().code, ErrorCode::kSamlNotDecrypted);
}

}  // namespace
}  // namespace cambist::saml
