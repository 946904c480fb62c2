// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "crypto/content_cipher.h"
#include "crypto/key_management.h"
#include "saml/test_assertion.h"

namespace cambist::saml::test {
namespace {

using enum ErrorCode;

const crypto::PrivateKey& our_key() {
    static const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kRsa).value();
    return key;
}

// How it is encrypted; every field can be made wrong.
struct Encryption {
    std::string transport = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    std::string transport_parameters;
    crypto::OaepHash hash = crypto::OaepHash::kSha1;
    std::string method = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
    bool cbc = false;
    bool key_beside = false;  // EncryptedKey beside EncryptedData
    std::string element = "EncryptedAssertion";
    std::size_t flip = 0;  // a bit of this byte of the content, counted from its end
};

std::string encrypted(std::string_view plain, const Encryption& how = {}) {
    const SystemRandom random;
    const auto cipher =
        how.cbc ? crypto::ContentCipher::kA256CbcHs512 : crypto::ContentCipher::kA256Gcm;
    const auto key = crypto::make_content_key(cipher, random);
    const auto made = crypto::encrypt(cipher, key, plain, {}, random).value();
    // The half of the key that encrypts; the other one authenticates, which is not asked for here.
    const Secret aes(how.cbc ? key.expose().substr(32) : key.expose());
    auto content = made.iv + made.ciphertext + (how.cbc ? std::string() : made.tag);
    if (how.flip > 0) content[content.size() - how.flip] ^= 1;
    const auto wrapped = crypto::oaep_encrypt(our_key().public_key(), how.hash, aes).value();
    // Canonical as it is written: a namespace is declared where it is not yet.
    const std::string kNs = " xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"";
    const auto encrypted_key =
        "<xenc:EncryptedKey" + (how.key_beside ? kNs : std::string()) +
        "><xenc:EncryptionMethod Algorithm=\"" + how.transport + "\">" + how.transport_parameters +
        "</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>" + base64_encode(wrapped) +
        "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>";
    return "<saml:" + how.element +
           " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData "
           "xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" "
           "Type=\"http://www.w3.org/2001/04/xmlenc#Element\"><xenc:EncryptionMethod Algorithm=\"" +
           how.method + "\"></xenc:EncryptionMethod>" +
           (how.key_beside ? std::string()
                           : "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">" +
                                 encrypted_key + "</ds:KeyInfo>") +
           "<xenc:CipherData><xenc:CipherValue>" + base64_encode(content) +
           "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>" +
           (how.key_beside ? encrypted_key : std::string()) + "</saml:" + how.element + ">";
}

DecryptionKeys our_keys(bool allows_cbc = false) {
    return {{foreign_key(), our_key()}, allows_cbc};
}

TEST(SamlDecryption, OpensAnAssertionThatIsSignedInside) {
    Encryption newer;
    newer.transport = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
    newer.transport_parameters =
        "<ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" "
        "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>"
        "<xenc11:MGF xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\" "
        "Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha256\"></xenc11:MGF>";
    newer.hash = crypto::OaepHash::kSha256;
    Encryption mixed;
    mixed.transport_parameters =
        "<ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" "
        "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>";
    mixed.hash = crypto::OaepHash::kSha256MaskSha1;
    Encryption beside;
    beside.key_beside = true;
    for (const auto& how : {Encryption(), newer, mixed, beside}) {
        const auto facts = verify(encrypted(signed_assertion(), how), demands(), our_keys());
        ASSERT_TRUE(facts) << facts.error().describe();
        EXPECT_EQ(facts->name_id.value, "alice");
    }
    EXPECT_EQ(Presented::parse(encrypted(signed_assertion()), our_keys())->claimed_issuer(),
              kIssuer);
}

// CVE-2026-2092: encryption, and a signature around it, do not replace the one inside.
TEST(SamlDecryption, DoesNotReplaceTheSignature) {
    auto wanted = demands();
    wanted.accepts_responses = true;
    const auto inside = encrypted(Parts().text());
    EXPECT_EQ(refusal(inside, wanted, our_keys()), kSamlUnsigned);
    for (const auto part : {SignedPart::kAssertion, SignedPart::kResponse, SignedPart::kBoth}) {
        wanted.signed_part = part;
        EXPECT_EQ(refusal(signed_response(inside), wanted, our_keys()), kSamlUnsigned);
        EXPECT_TRUE(verify(signed_response(encrypted(signed_assertion())), wanted, our_keys()));
    }
}

TEST(SamlDecryption, TellsNoWrongKeyFromAChangedByte) {
    EXPECT_EQ(refusal(encrypted(signed_assertion())), kSamlNotDecrypted);
    EXPECT_EQ(refusal(encrypted(signed_assertion()), demands(), {{foreign_key()}, false}),
              kSamlNotDecrypted);
    for (const std::size_t flip : {1U, 17U, 2000U}) {
        Encryption how;
        how.flip = flip;
        EXPECT_EQ(refusal(encrypted(signed_assertion(), how), demands(), our_keys()),
                  kSamlNotDecrypted);
    }
    EXPECT_EQ(refusal(encrypted("<x xmlns=\"urn:x\"></x>"), demands(), our_keys()),
              kSamlNotDecrypted);
}

TEST(SamlDecryption, TakesCbcOnlyWhereItIsConfiguredAndThenTellsNothing) {
    Encryption how;
    how.cbc = true;
    how.method = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
    const auto xml = encrypted(signed_assertion(), how);
    EXPECT_EQ(refusal(xml, demands(), our_keys()), kSamlEncryption);
    EXPECT_TRUE(verify(xml, demands(), our_keys(true)));
    EXPECT_EQ(refusal(encrypted(Parts().text(), how), demands(), our_keys(true)),
              kSamlNotDecrypted);
    for (std::size_t flip = 1; flip < 60; ++flip) {
        how.flip = flip;
        EXPECT_EQ(refusal(encrypted(signed_assertion(), how), demands(), our_keys(true)),
                  kSamlNotDecrypted)
            << flip;
    }
}

TEST(SamlDecryption, TakesNoOtherTransportAndCipher) {
    std::vector<std::pair<std::string, Encryption>> cases;
    const auto add = [&](std::string name, auto change) {
        Encryption how;
        change(how);
        cases.emplace_back(std::move(name), how);
    };
    add("PKCS 1 version 1.5",
        [](Encryption& e) { e.transport = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"; });
    add("Triple DES",
        [](Encryption& e) { e.method = "http://www.w3.org/2001/04/xmlenc#tripledes-cbc"; });
    add("a label",
        [](Encryption& e) { e.transport_parameters = "<xenc:OAEPparams>AA==</xenc:OAEPparams>"; });
    add("a mask by MD5", [](Encryption& e) {
        e.transport = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
        e.transport_parameters =
            "<xenc11:MGF xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\" "
            "Algorithm=\"urn:md5\"></xenc11:MGF>";
    });
    for (const auto& [name, how] : cases)
        EXPECT_EQ(refusal(encrypted(signed_assertion(), how), demands(), our_keys()),
                  kSamlEncryption)
            << name;
    const auto xml = encrypted(signed_assertion());
    EXPECT_EQ(refusal(replaced(xml, "</xenc:CipherData></xenc:EncryptedData>",
                               "</xenc:CipherData></xenc:EncryptedData><xenc:EncryptedKey "
                               "xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\">"
                               "</xenc:EncryptedKey>"),
                      demands(), our_keys()),
              kSamlEncryption);
    EXPECT_EQ(refusal("<saml:EncryptedAssertion "
                      "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>",
                      demands(), our_keys()),
              kSamlEncryption);
}

TEST(SamlDecryption, OpensAnEncryptedIdOfASignedAssertion) {
    Encryption how;
    how.element = "EncryptedID";
    Parts parts;
    // Canonical as it is written: the namespace of saml is declared further up.
    parts.name_id =
        replaced(encrypted(replaced(replaced(parts.name_id, ">alice<", ">bob<"), "<saml:NameID",
                                    "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:"
                                    "2.0:assertion\""),
                           how),
                 " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "");
    const auto facts = verify(signed_assertion(parts), demands(), our_keys());
    ASSERT_TRUE(facts) << facts.error().describe();
    EXPECT_EQ(facts->name_id.value, "bob");
    EXPECT_EQ(refusal(signed_assertion(parts)), kSamlNotDecrypted);
}

}  // namespace
}  // namespace cambist::saml::test
