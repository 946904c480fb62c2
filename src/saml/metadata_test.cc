// SPDX-License-Identifier: Apache-2.0
#include "saml/metadata.h"

#include <gtest/gtest.h>

#include "saml/test_assertion.h"

namespace cambist::saml::test {
namespace {

using enum ErrorCode;

std::string certificate_of(const crypto::PrivateKey& key) {
    return base64_encode(
        crypto::make_self_signed_certificate(
            key, {"idp.example", now() - Seconds(60), now() + Seconds(600)}, SystemRandom())
            .value());
}

std::string descriptor(const crypto::PrivateKey& key, std::string_view use = " use=\"signing\"") {
    return "<md:KeyDescriptor" + std::string(use) +
           "><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>"
           "<ds:X509Certificate>" +
           certificate_of(key) +
           "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
           "</md:KeyDescriptor>";
}

std::string entity(std::string_view keys, std::string_view attributes = {},
                   std::string_view id = kIssuer) {
    return "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_m\" "
           "entityID=\"" +
           std::string(id) + "\"" + std::string(attributes) +
           "><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:"
           "protocol\">" +
           std::string(keys) + "</md:IDPSSODescriptor></md:EntityDescriptor>";
}

ErrorCode refusal_of(std::string_view xml) {
    const auto read = parse_metadata(xml, kIssuer, now());
    return read ? kInternal : read.error().code;
}

TEST(SamlMetadata, GivesAllKeysForSignatures) {
    const auto text =
        entity(descriptor(issuer_key()) + descriptor(foreign_key(), "") +
                   descriptor(crypto::PrivateKey::generate(crypto::KeyKind::kP256).value(),
                              " use=\"encryption\""),
               " cacheDuration=\"PT2H\" validUntil=\"" + at(7200) + "\"");
    const auto read = parse_metadata(text, kIssuer, now());
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_EQ(read->signing_keys.size(), 2U);
    EXPECT_EQ(read->signing_keys.front(), issuer_key().public_key());
    EXPECT_EQ(read->valid_until, now() + Seconds(7200));
    EXPECT_EQ(read->cache_duration, Seconds(7200));
    auto wanted = demands();
    wanted.signers.keys = read->signing_keys;
    Signing how;
    how.key = &foreign_key();
    EXPECT_TRUE(verify(signed_assertion({}, how), wanted));
}

TEST(SamlMetadata, IsFoundAmongOthers) {
    const auto text =
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" "
        "validUntil=\"" +
        at(60) + "\">" + entity(descriptor(foreign_key()), {}, "https://other") +
        entity(descriptor(issuer_key()), " validUntil=\"" + at(600) + "\"") +
        "</md:EntitiesDescriptor>";
    const auto read = parse_metadata(text, kIssuer, now());
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_EQ(read->signing_keys, std::vector{issuer_key().public_key()});
    EXPECT_EQ(read->valid_until, now() + Seconds(60));
}

TEST(SamlMetadata, IsRefusedWithTheReason) {
    const auto key = descriptor(issuer_key());
    EXPECT_EQ(refusal_of(entity(key)), kInternal);
    EXPECT_EQ(refusal_of(entity(key, {}, "https://idp.example/Metadata")), kSamlMetadata);
    EXPECT_EQ(refusal_of(entity(key, " validUntil=\"" + at(0) + "\"")), kSamlMetadataExpired);
    EXPECT_EQ(refusal_of(entity(key, " validUntil=\"soon\"")), kSamlMetadata);
    EXPECT_EQ(refusal_of(entity(key, " cacheDuration=\"-PT1H\"")), kSamlMetadata);
    EXPECT_EQ(refusal_of(entity("")), kSamlMetadata);
    EXPECT_EQ(refusal_of(entity(descriptor(issuer_key(), " use=\"encryption\""))), kSamlMetadata);
    EXPECT_EQ(refusal_of(entity(descriptor(issuer_key(), " use=\"all\""))), kSamlMetadata);
    EXPECT_EQ(refusal_of(replaced(entity(key), "<ds:X509Certificate>", "<ds:X509Certificate>!")),
              kSamlMetadata);
    EXPECT_EQ(refusal_of("<!DOCTYPE x>" + entity(key)), kSamlDoctype);
    const auto service = replaced(entity(key), "IDPSSODescriptor", "SPSSODescriptor");
    EXPECT_EQ(refusal_of(replaced(service, "/md:IDPSSODescriptor", "/md:SPSSODescriptor")),
              kSamlMetadata);
    EXPECT_EQ(
        refusal_of("<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">" +
                   entity(key) + entity(key) + "</md:EntitiesDescriptor>"),
        kSamlMetadata);
}

TEST(SamlMetadata, LeavesOutAKeyThatIsNoGoodAndSaysSo) {
    const auto text = entity(descriptor(issuer_key()) + replaced(descriptor(foreign_key()),
                                                                 "<ds:X509Certificate>MII",
                                                                 "<ds:X509Certificate>AAA"));
    const auto read = parse_metadata(text, kIssuer, now());
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_EQ(read->signing_keys.size(), 1U);
    EXPECT_EQ(read->notes.size(), 1U);
}

TEST(SamlMetadata, MustBeSignedWhereItsSignerIsConfigured) {
    const auto text = entity(descriptor(issuer_key()));
    const auto end = text.find('>') + 1;
    auto with = text;
    with.insert(end, signature_of(text, "_m"));
    Signers signers;
    signers.keys = {issuer_key().public_key()};
    EXPECT_TRUE(parse_metadata(with, kIssuer, now(), signers));
    const auto unsigned_one = parse_metadata(text, kIssuer, now(), signers);
    ASSERT_FALSE(unsigned_one);
    EXPECT_EQ(unsigned_one.error().code, kSamlUnsigned);
    Signing foreign;
    foreign.key = &foreign_key();
    auto by_another = text;
    by_another.insert(end, signature_of(text, "_m", foreign));
    EXPECT_EQ(parse_metadata(by_another, kIssuer, now(), signers).error().code, kSamlSignature);
}

TEST(SamlMetadataKeys, KeepsWhatWasReadLastUntilItExpires) {
    const MetadataKeys keys{std::string(kIssuer)};
    EXPECT_EQ(keys.current(now()).error().code, kSamlMetadata);
    EXPECT_LE(keys.refresh_at(), now());
    ASSERT_TRUE(keys.replace(
        entity(descriptor(issuer_key()), " cacheDuration=\"PT5M\" validUntil=\"" + at(7200) + "\""),
        now()));
    EXPECT_EQ(keys.refresh_at(), now() + Seconds(300));
    EXPECT_FALSE(keys.replace("<html></html>", now()));
    EXPECT_EQ(keys.current(now() + Seconds(7199)).value()->signing_keys.front(),
              issuer_key().public_key());
    EXPECT_EQ(keys.current(now() + Seconds(7200)).error().code, kSamlMetadataExpired);
    // Rotation: both at first, then the new one alone.
    ASSERT_TRUE(keys.replace(entity(descriptor(issuer_key()) + descriptor(foreign_key())), now()));
    EXPECT_EQ(keys.current(now()).value()->signing_keys.size(), 2U);
    ASSERT_TRUE(keys.replace(entity(descriptor(foreign_key())), now()));
    EXPECT_EQ(keys.current(now()).value()->signing_keys, std::vector{foreign_key().public_key()});
    EXPECT_EQ(keys.refresh_at(), now() + MetadataKeys::kUsualAge);
}

}  // namespace
}  // namespace cambist::saml::test
