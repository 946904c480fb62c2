// SPDX-License-Identifier: Apache-2.0
#include "possession/dpop.h"

#include <gtest/gtest.h>

#include "base/base64url.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "jose/jwk.h"
#include "model/uri.h"
#include "possession/nonces.h"

namespace cambist::possession {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::string_view kUrl = "https://id.example/realms/shop/protocol/openid-connect/token";

class DpopTest : public testing::Test {
  protected:
    json::Value header() const {
        auto out = json::Value::object();
        out.set("typ", "dpop+jwt").set("alg", "ES256");
        out.set("jwk", jose::render_jwk({"", "EC", "", "", key_.public_key()}));
        return out;
    }
    static json::Value claims() {
        auto out = json::Value::object();
        out.set("jti", "one").set("htm", "POST").set("htu", kUrl).set("iat", kNow);
        return out;
    }
    std::string proof(const json::Value& head, const json::Value& said) const {
        const auto input =
            base64url_encode(head.to_text()) + "." + base64url_encode(said.to_text());
        return input + "." +
               base64url_encode(*crypto::sign(key_, crypto::SignatureAlgorithm::kEs256, input));
    }
    static Expectation expected() {
        return {.method = "POST",
                .urls = {std::string(kUrl)},
                .now = from_unix(kNow),
                .access_token = std::nullopt};
    }
    bool is_good(const json::Value& said, const Expectation& expectation = expected()) const {
        const auto checked = check_proof({proof(header(), said)}, expectation);
        EXPECT_TRUE(checked || checked.error().code == ErrorCode::kDpopProofInvalid);
        return checked.has_value();
    }
    crypto::PrivateKey key_ = *crypto::PrivateKey::generate(crypto::KeyKind::kP256);
};

TEST_F(DpopTest, SaysTheThumbprintOfItsKey) {
    const auto checked = check_proof({proof(header(), claims())}, expected());
    ASSERT_TRUE(checked) << checked.error().describe();
    EXPECT_EQ(checked->jkt, jose::thumbprint(key_.public_key()));
    EXPECT_EQ(checked->jti, "one");
    EXPECT_EQ(checked->issued_at, kNow);
    EXPECT_EQ(checked->htu, kUrl);
}

TEST_F(DpopTest, NoHeaderAndTwoHeadersAreNoProof) {
    const auto good = proof(header(), claims());
    EXPECT_FALSE(check_proof({}, expected()));
    EXPECT_FALSE(check_proof({good, good}, expected()));
    EXPECT_FALSE(check_proof({good + ", " + good}, expected()));
}

TEST_F(DpopTest, TheWindowOfItsTimeIsExact) {
    for (const auto& [offset, good] :
         {std::pair(-75, true), std::pair(-76, false), std::pair(15, true), std::pair(16, false)}) {
        auto said = claims();
        said.set("iat", kNow + offset);
        EXPECT_EQ(is_good(said), good) << offset;
    }
}

TEST_F(DpopTest, AtAResourceItIsForOneToken) {
    auto expectation = expected();
    expectation.access_token = "token";
    EXPECT_FALSE(is_good(claims(), expectation));
    auto said = claims();
    said.set("ath", crypto::sha256_base64url("other"));
    EXPECT_FALSE(is_good(said, expectation));
    said.set("ath", crypto::sha256_base64url("token"));
    EXPECT_TRUE(is_good(said, expectation));
}

TEST_F(DpopTest, AnyOfTheKnownAddressesWillDo) {
    auto expectation = expected();
    expectation.urls = {"https://mtls.example/token", std::string(kUrl)};
    EXPECT_TRUE(is_good(claims(), expectation));
    expectation.urls = {"https://mtls.example/token"};
    EXPECT_FALSE(is_good(claims(), expectation));
    expectation.urls = {};
    EXPECT_FALSE(is_good(claims(), expectation));
}

// RFC 9449 section 4.1, its own example of a proof.
TEST_F(DpopTest, TheExampleOfTheStandardIsRead) {
    constexpr std::string_view kExample =
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0"
        "VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10"
        "NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoi"
        "UE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-"
        "GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    const auto checked =
        check_proof({std::string(kExample)}, {.method = "POST",
                                              .urls = {"https://server.example.com/token"},
                                              .now = from_unix(1562262616),
                                              .access_token = std::nullopt});
    ASSERT_TRUE(checked) << checked.error().describe();
    EXPECT_EQ(checked->jti, "-BwC3ESc6acc2lTc");
    EXPECT_EQ(checked->jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");  // section 6.1
}

TEST(NormalisedUrl, FollowsRfc3986Sections622And623) {
    const std::string good = "https://id.example/a/b";
    for (const auto* text :
         {"https://id.example/a/b", "HTTPS://ID.example/a/b", "https://id.example:443/a/b",
          "https://id.example:/a/b", "https://id.example/a/./b", "https://id.example/x/../a/b",
          "https://id.example/%61/b", "https://id.example/a/b?c=d", "https://id.example/a/b#c"})
        EXPECT_EQ(normalised_url(text), good) << text;
    EXPECT_EQ(normalised_url("http://id.example:80"), "http://id.example/");
    EXPECT_EQ(normalised_url("https://id.example/%c3%bc"),
              normalised_url("https://id.example/%C3%BC"));
    for (const auto* text : {"https://id.example/A/b", "http://id.example/a/b",
                             "https://id.example:8443/a/b", "https://id.example/a/b/"})
        EXPECT_NE(normalised_url(text), good) << text;
    for (const auto* text :
         {"", "/a/b", "id.example/a/b", "ftp://id.example/a", "https://", "https:///a",
          "https://user@id.example/a/b", "https://id.example/a b", "mailto:a@b",
          "https://id:443.example/a/b", "https://id.example:443b.example:443/a/b",
          "https://10.0.0.1.example/", "https://10.0.0.1../b"})
        EXPECT_EQ(normalised_url(text), std::nullopt) << text;
    EXPECT_EQ(normalised_url("https://id.example/" + std::string(3000, 'a')), std::nullopt);
}

class NoncesTest : public testing::Test {
  protected:
    static crypto::SecretBox make_box(const char* text) {
        std::vector<Secret> keys;
        keys.emplace_back(text);
        return *crypto::SecretBox::from_key_files(keys);
    }
    SystemRandom random_;
    crypto::SecretBox box_ = make_box("a key file of the tests with more than 32 bytes");
    Nonces nonces_{box_, random_};
};

TEST_F(NoncesTest, ServeForTwoMinutesInTheirRealm) {
    const auto nonce = nonces_.make("shop", from_unix(kNow));
    EXPECT_TRUE(nonces_.is_fresh("shop", nonce, from_unix(kNow)));
    EXPECT_TRUE(nonces_.is_fresh("shop", nonce, from_unix(kNow + 120)));
    EXPECT_FALSE(nonces_.is_fresh("shop", nonce, from_unix(kNow + 121)));
    EXPECT_FALSE(nonces_.is_fresh("shop", nonce, from_unix(kNow - 6)));
    EXPECT_FALSE(nonces_.is_fresh("other", nonce, from_unix(kNow)));
    EXPECT_NE(nonce, nonces_.make("shop", from_unix(kNow)));
}

TEST_F(NoncesTest, AreKnownToOtherNodesWithTheKeyFileAndToNobodyElse) {
    const auto nonce = nonces_.make("shop", from_unix(kNow));
    const auto same = make_box("a key file of the tests with more than 32 bytes");
    const auto other = make_box("another key file of the tests with over 32 bytes");
    EXPECT_TRUE(Nonces(same, random_).is_fresh("shop", nonce, from_unix(kNow)));
    EXPECT_FALSE(Nonces(other, random_).is_fresh("shop", nonce, from_unix(kNow)));
    for (const auto& text : {std::string(), std::string("x"), nonce + "A", std::string(500, 'A'),
                             nonce.substr(1), std::to_string(kNow)})
        EXPECT_FALSE(nonces_.is_fresh("shop", text, from_unix(kNow))) << text;
}

}  // namespace
}  // namespace cambist::possession
