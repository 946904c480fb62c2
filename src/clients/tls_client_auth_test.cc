// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/base64url.h"
#include "base/files.h"
#include "clients/subject_pattern.h"
#include "crypto/certificate.h"
#include "exchange/test_world.h"

namespace cambist::clients {
namespace {

constexpr std::int64_t kEnd = 1'800'003'600;  // an hour after the clock of World
const std::string kBody = "grant_type=client_credentials&client_id=robot";

std::string to_pem(std::string_view der) {
    constexpr std::size_t kLine = 64;
    const auto text = base64_encode(der);
    std::string pem = "-----BEGIN CERTIFICATE-----\n";
    for (std::size_t at = 0; at < text.size(); at += kLine) pem += text.substr(at, kLine) + "\n";
    return pem + "-----END CERTIFICATE-----\n";
}

// A client that is registered for a TLS certificate, and certificates to show.
class TlsTest : public exchange::World {
  protected:
    ~TlsTest() override { std::filesystem::remove_all(folder_); }

    std::string certificate(const std::string& name) {
        const auto key = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
        return *crypto::make_self_signed_certificate(
            key, {name, from_unix(kEnd - 7200), from_unix(kEnd)}, random_);
    }
    void apply_client(const std::string& attributes) {
        auto realm = std::string(exchange::kShopRealm);
        realm.replace(realm.find("clients:\n"), 9,
                      "clients:\n  - clientId: robot\n    clientAuthenticatorType: client-x509\n"
                      "    serviceAccountsEnabled: true\n    attributes: {" +
                          attributes + "}\n");
        apply(realm);
    }
    std::string file(const std::string& name, const std::string& content) {
        std::filesystem::create_directories(folder_);
        const auto path = folder_ / name;
        std::filesystem::remove(path);
        EXPECT_TRUE(write_secret_file(path, content));
        return path;
    }
    void trust(const std::string& der) {
        const auto loaded = trusted_.load({file("trusted.pem", to_pem(der))});
        ASSERT_TRUE(loaded) << loaded.error().describe();
    }
    // Why a request with this certificate is refused; nothing when it is granted.
    std::optional<ErrorCode> refusal(const std::vector<std::string>& certificates) {
        const auto outcome = serve(kBody, {}, {}, certificates);
        return outcome.response ? std::nullopt : std::optional(outcome.response.error().code);
    }

    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("cambist-tls-" + std::to_string(getpid()));
};

TEST_F(TlsTest, ACertificateOfATrustedAuthorityProvesTheClientThatItNames) {
    const auto robot = certificate("robot");
    apply_client("x509.subjectdn: \"CN=robot\"");
    EXPECT_EQ(refusal({robot}), ErrorCode::kClientCertificateWrong) << "nobody is trusted";
    trust(robot);
    EXPECT_EQ(refusal({robot}), std::nullopt);
    EXPECT_EQ(refusal({certificate("robot")}), ErrorCode::kClientCertificateWrong);
    EXPECT_EQ(refusal({}), ErrorCode::kClientCertificateMissing);
    EXPECT_EQ(refused(kBody + "&client_secret=x"), ErrorCode::kClientMethodMismatch);
    clock_.seconds = kEnd + 1;
    EXPECT_EQ(refusal({robot}), ErrorCode::kClientCertificateWrong) << "it has expired";
}

TEST_F(TlsTest, ATrustedCertificateOfAnotherSubjectProvesNothing) {
    const auto other = certificate("other");
    trust(other);
    apply_client("x509.subjectdn: \"CN=robot\"");
    EXPECT_EQ(refusal({other}), ErrorCode::kClientCertificateWrong);
}

// Made by python3-cryptography for CN=agent, valid until 2120.
constexpr std::string_view kNamed =
    "MIIBhTCCASqgAwIBAgIBATAKBggqhkjOPQQDAjAQMQ4wDAYDVQQDDAVhZ2VudDAgFw0yMDAxMDEwMDAwMDBa"
    "GA8yMTIwMDEwMTAwMDAwMFowEDEOMAwGA1UEAwwFYWdlbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR5"
    "vbgyCvn+XCss2mmm+eZLhS8MeEoHMUPvfCeECY6ISlDU/4cvuNxt5hl26RRXz0eeb363xMCZ3H98U09o+rqb"
    "o3MwcTBvBgNVHREEaDBmgg1BZ2VudC5leGFtcGxlgg4qLndpbGQuZXhhbXBsZYYWc3BpZmZlOi8vZXhhbXBs"
    "ZS9hZ2VudIcQIAENuAAAAAAAAAAAAAAAAYcEwAACAYERb3BzQEFnZW50LmV4YW1wbGWIAioDMAoGCCqGSM49"
    "BAMCA0kAMEYCIQDUSdeps9ZN8wLkENomXSwtzzR53ox7NdjDe5ENIcciswIhAPHyBTxSBRfsZaf9Kg1h7zYf"
    "Tp2rIdmEj6UAhQsUTsVe";

TEST_F(TlsTest, AnAlternativeNameOfATrustedCertificateProvesTheClientThatHasIt) {
    const auto named = *crypto::certificate_to_der(kNamed);
    const auto other = certificate("agent");
    trust(named);
    for (const auto* attribute : {"dns: agent.EXAMPLE", "uri: \"spiffe://example/agent\"",
                                  "ip: \"2001:db8:0::1\"", "email: ops@agent.Example"}) {
        apply_client("cambist.x509.san." + std::string(attribute));
        EXPECT_EQ(refusal({named}), std::nullopt) << attribute;
        EXPECT_EQ(refusal({other}), ErrorCode::kClientCertificateWrong) << "nobody vouches for it";
        EXPECT_EQ(refusal({}), ErrorCode::kClientCertificateMissing);
    }
    for (const auto* attribute : {"dns: other.example", "dns: a.wild.example", "dns: agent",
                                  "uri: \"spiffe://example/other\"", "ip: \"192.0.2.2\""}) {
        apply_client("cambist.x509.san." + std::string(attribute));
        EXPECT_EQ(refusal({named}), ErrorCode::kClientCertificateWrong) << attribute;
    }
    apply_client("cambist.x509.san.dns: a.example");
    trust(other);
    EXPECT_EQ(refusal({other}), ErrorCode::kClientCertificateWrong) << "it has no such names";
}

TEST_F(TlsTest, ASubjectMayBeAPatternOfTheWholeName) {
    const auto robot = certificate("robot");
    trust(robot);
    const auto with_pattern = [&](const std::string& pattern) {
        apply_client("x509.subjectdn: \"" + pattern +
                     "\", x509.allow.regex.pattern.comparison: \"true\"");
        return refusal({robot});
    };
    EXPECT_EQ(with_pattern("CN=rob.*"), std::nullopt);
    for (const auto* pattern : {"CN=rob", "rob.*", "CN=bob.*", "CN=(rob.*"})
        EXPECT_EQ(with_pattern(pattern), ErrorCode::kClientCertificateWrong) << pattern;
}

TEST_F(TlsTest, ARegisteredCertificateProvesItsClientWhoeverMadeIt) {
    const auto robot = certificate("robot");
    apply_client("jwt.credential.certificate: \"" + base64_encode(robot) + "\"");
    EXPECT_EQ(refusal({robot}), std::nullopt);
    EXPECT_EQ(refusal({certificate("robot")}), ErrorCode::kClientCertificateWrong);
    EXPECT_EQ(refusal({}), ErrorCode::kClientCertificateMissing);
    clock_.seconds = kEnd + 1;
    EXPECT_EQ(refusal({robot}), ErrorCode::kClientCertificateWrong) << "it has expired";
}

TEST(SubjectPattern, OfUnreasonableLengthMatchesNothing) {
    EXPECT_TRUE(subject_matches("a*", std::string(512, 'a')));
    EXPECT_FALSE(subject_matches("a*", std::string(513, 'a')));
    EXPECT_FALSE(subject_matches(std::string(513, 'a'), std::string(513, 'a')));
}

TEST_F(TlsTest, CertificatesThatCanNotBeFetchedAreNoFaultOfTheClient) {
    const auto robot = certificate("robot");
    apply_client(
        "use.jwks.url: \"true\", "
        "jwks.url: \"https://robot.example/keys\"");
    EXPECT_EQ(refusal({robot}), ErrorCode::kClientKeysUnavailable);
}

using TrustedCertificatesTest = TlsTest;

TEST_F(TrustedCertificatesTest, AFileAtFaultIsNamedAndChangesNothing) {
    trust(certificate("authority"));
    const auto before = trusted_.current();
    const auto good = file("good.pem", to_pem(certificate("another")));
    for (const auto& bad :
         {file("bad.pem", "no certificate"), std::string("/nowhere/at.all.pem")}) {
        const auto refused = trusted_.load({good, bad});
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().describe().find(bad), std::string::npos)
            << refused.error().describe();
        EXPECT_EQ(trusted_.current(), before);
    }
}

TEST_F(TrustedCertificatesTest, AllFilesCountTogetherAndNoneIsNobody) {
    const auto one = certificate("one");
    const auto other = certificate("other");
    ASSERT_TRUE(trusted_.load({file("one.pem", to_pem(one)), file("other.pem", to_pem(other))}));
    for (const auto& der : {one, other})
        EXPECT_TRUE(trusted_.current()->verify({der}, clock_.now()));
    ASSERT_TRUE(trusted_.load({}));
    EXPECT_EQ(trusted_.current(), nullptr);
}

}  // namespace
}  // namespace cambist::clients
