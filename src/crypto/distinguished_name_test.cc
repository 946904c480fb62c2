// SPDX-License-Identifier: Apache-2.0
#include "crypto/distinguished_name.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "crypto/trust_store.h"

namespace cambist::crypto {
namespace {

struct SameCase {
    const char* name;
    const char* one;
    const char* other;
    bool same;
};
class SameName : public testing::TestWithParam<SameCase> {};

TEST_P(SameName, FollowsRfc4514AndRfc5280Section71) {
    const auto one = parse_distinguished_name(GetParam().one);
    const auto other = parse_distinguished_name(GetParam().other);
    ASSERT_TRUE(one) << one.error().describe();
    ASSERT_TRUE(other) << other.error().describe();
    EXPECT_EQ(*one == *other, GetParam().same);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SameName,
    testing::Values(SameCase{"Itself", "CN=a,O=b", "CN=a,O=b", true},
                    SameCase{"Case", "CN=A,O=b", "cn=a,o=B", true},
                    SameCase{"BlanksAround", "CN=a,O=b", " CN = a , O = b ", true},
                    SameCase{"BlanksWithin", "CN=a  b", "CN=a b", true},
                    SameCase{"Order", "CN=a,O=b", "O=b,CN=a", false},
                    SameCase{"OrderWithinAPart", "CN=a+O=b", "O=b+CN=a", true},
                    SameCase{"PartsAreNoSets", "CN=a+O=b", "CN=a,O=b", false},
                    SameCase{"Longer", "CN=a,O=b", "CN=a,O=b,C=DE", false},
                    SameCase{"OtherValue", "CN=a", "CN=b", false},
                    SameCase{"OtherType", "CN=a", "OU=a", false},
                    SameCase{"Oid", "CN=a", "2.5.4.3=a", true},
                    SameCase{"OidInFull", "CN=a", "OID.2.5.4.3=a", true},
                    SameCase{"JavasEmail", "EMAILADDRESS=a@b", "1.2.840.113549.1.9.1=a@b", true},
                    SameCase{"OpensslsName", "organizationIdentifier=x", "2.5.4.97=x", true},
                    SameCase{"Hexadecimal", "CN=ab", "CN=#0c026162", true},
                    SameCase{"HexadecimalOfAnOddKind", "CN=#0101FF", "CN=#0101ff", true},
                    SameCase{"Escaped", "CN=a\\,b", "CN=a\\2Cb", true},
                    SameCase{"EscapedBlank", "CN=a\\ ", "CN=a", true},
                    SameCase{"Utf8", "CN=Gr\\C3\\B6\\C3\\9Fe",
                             "CN=Gr\xc3\xb6\xc3\x9f"
                             "e",
                             true}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(DistinguishedName, RefusesWhatIsNone) {
    for (const auto* text :
         {"", "a", "=a", "CN", "CN=a,", ",CN=a", "CN=a,,O=b", "CN=a;O=b", "CN=\"a\"", "CN=a\\",
          "CN=a\\x", "CN=a\\0", "CN=#", "CN=#1", "CN=#xx", "nosuchtype=a", "CN=a<b", "CN=a\\00"})
        EXPECT_FALSE(parse_distinguished_name(text)) << text;
    EXPECT_FALSE(parse_distinguished_name("CN=" + std::string(5000, 'a')));
}

class CertificateTest : public testing::Test {
  protected:
    std::string make(const std::string& name, std::int64_t from = 1000, std::int64_t until = 2000) {
        return *make_self_signed_certificate(*PrivateKey::generate(KeyKind::kP256),
                                             {name, from_unix(from), from_unix(until)}, random_);
    }
    SystemRandom random_;
};

TEST_F(CertificateTest, ItsSubjectIsReadAsWritten) {
    const auto der = make("a, \"b\" + c#");
    const auto text = subject_text(der, ",");
    ASSERT_TRUE(text);
    EXPECT_EQ(*subject_of_certificate(der), *parse_distinguished_name(*text));
    EXPECT_EQ(*text, R"(CN=a\, \"b\" \+ c#)");
    EXPECT_FALSE(subject_of_certificate("x"));
    EXPECT_FALSE(subject_text("x", ","));
}

TEST_F(CertificateTest, ItsTimesAreLookedAtToTheSecond) {
    const auto der = make("a");
    for (const auto& [now, good] : {std::pair(999, false), std::pair(1001, true),
                                    std::pair(1999, true), std::pair(2001, false)})
        EXPECT_EQ(check_validity(der, from_unix(now)).has_value(), good) << now;
}

TEST_F(CertificateTest, AStoreOfNothingOrNonsenseIsRefused) {
    for (const auto* pem :
         {"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"})
        EXPECT_FALSE(TrustStore::from_pem(pem)) << pem;
}

}  // namespace
}  // namespace cambist::crypto
