// SPDX-License-Identifier: Apache-2.0
#include "crypto/alternative_names.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "crypto/certificate.h"

namespace cambist::crypto {
namespace {

using Kind = AlternativeName::Kind;

std::string text_of(Kind kind, std::string_view text) {
    const auto name = make_alternative_name(kind, text);
    return name ? name->text : "none";
}

TEST(AlternativeName, HasOneTextHoweverItIsWritten) {
    EXPECT_EQ(text_of(Kind::kDns, "Agent.Example.ORG"), "agent.example.org");
    EXPECT_EQ(text_of(Kind::kIp, "2001:DB8:0:0::1"), "2001:db8::1");
    EXPECT_EQ(text_of(Kind::kIp, "192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(text_of(Kind::kEmail, "Ops@Example.ORG"), "Ops@example.org");
    EXPECT_EQ(text_of(Kind::kUri, "spiffe://Example.org/Agent"), "spiffe://Example.org/Agent");
}

TEST(AlternativeName, RefusesWhatIsNone) {
    for (const auto kind : {Kind::kDns, Kind::kUri, Kind::kIp, Kind::kEmail})
        for (const auto* text : {"", " ", "a b", "a\n", "\xC3\xB6"})
            EXPECT_EQ(text_of(kind, text), "none") << text;
    EXPECT_EQ(text_of(Kind::kDns, "*.example.org"), "none");
    EXPECT_EQ(text_of(Kind::kUri, "agent"), "none");
    for (const auto* text : {"192.0.2", "192.0.2.256", "2001:db8::g", "0x7f.1", "host"})
        EXPECT_EQ(text_of(Kind::kIp, text), "none") << text;
    for (const auto* text : {"ops", "@example.org", "ops@"})
        EXPECT_EQ(text_of(Kind::kEmail, text), "none") << text;
    EXPECT_EQ(text_of(Kind::kDns, std::string(2049, 'a')), "none");
}

// Made by python3-cryptography, valid until 2120, with a name of each kind, a wildcard and a name
// of a kind that names no client.
constexpr std::string_view kCertificate =
    "MIIBhTCCASqgAwIBAgIBATAKBggqhkjOPQQDAjAQMQ4wDAYDVQQDDAVhZ2VudDAgFw0yMDAxMDEwMDAwMDBa"
    "GA8yMTIwMDEwMTAwMDAwMFowEDEOMAwGA1UEAwwFYWdlbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR5"
    "vbgyCvn+XCss2mmm+eZLhS8MeEoHMUPvfCeECY6ISlDU/4cvuNxt5hl26RRXz0eeb363xMCZ3H98U09o+rqb"
    "o3MwcTBvBgNVHREEaDBmgg1BZ2VudC5leGFtcGxlgg4qLndpbGQuZXhhbXBsZYYWc3BpZmZlOi8vZXhhbXBs"
    "ZS9hZ2VudIcQIAENuAAAAAAAAAAAAAAAAYcEwAACAYERb3BzQEFnZW50LmV4YW1wbGWIAioDMAoGCCqGSM49"
    "BAMCA0kAMEYCIQDUSdeps9ZN8wLkENomXSwtzzR53ox7NdjDe5ENIcciswIhAPHyBTxSBRfsZaf9Kg1h7zYf"
    "Tp2rIdmEj6UAhQsUTsVe";

TEST(AlternativeName, OfACertificateAreThoseThatCanNameAClient) {
    const auto der = certificate_to_der(kCertificate);
    ASSERT_TRUE(der);
    const auto names = alternative_names_of(*der);
    ASSERT_TRUE(names) << names.error().describe();
    EXPECT_EQ(*names, (std::vector<AlternativeName>{{Kind::kDns, "agent.example"},
                                                    {Kind::kUri, "spiffe://example/agent"},
                                                    {Kind::kIp, "2001:db8::1"},
                                                    {Kind::kIp, "192.0.2.1"},
                                                    {Kind::kEmail, "ops@agent.example"}}));
}

TEST(AlternativeName, OfACertificateWithoutAnyThereAreNone) {
    const SystemRandom random;
    const auto der = *make_self_signed_certificate(*PrivateKey::generate(KeyKind::kP256),
                                                   {"a", from_unix(0), from_unix(1)}, random);
    const auto names = alternative_names_of(der);
    ASSERT_TRUE(names);
    EXPECT_TRUE(names->empty());
    EXPECT_FALSE(alternative_names_of("no certificate"));
}

}  // namespace
}  // namespace cambist::crypto
