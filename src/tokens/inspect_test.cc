// SPDX-License-Identifier: Apache-2.0
#include "tokens/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64url.h"

namespace cambist::tokens {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::int64_t kTime = 1'700'000'000;

std::string token(std::string_view header, std::string_view payload) {
    return base64url_encode(header) + "." + base64url_encode(payload) + ".AAAA";
}

std::string explained(const std::string& text) { return to_text(inspect(text, from_unix(kTime))); }

TEST(Inspect, SaysThatNothingWasVerified) {
    EXPECT_THAT(explained("x"), testing::StartsWith("Nothing here was verified."));
    EXPECT_FALSE(to_json(inspect("x", from_unix(kTime))).find("verified")->as_bool());
}

TEST(Inspect, ExplainsATokenInWords) {
    const auto text = token(
        R"({"alg":"ES256","typ":"JWT","kid":"k1"})",
        R"({"typ":"Bearer","iss":"https://a","sub":"u1","azp":"web","aud":["api","b"],)"
        R"("iat":1699999700,"exp":1699999988,"jti":"ntrtte:1","cnf":{},"act":{"sub":"desk"}})");
    EXPECT_THAT(explained(text),
                AllOf(HasSubstr("access token"), HasSubstr("signed with ES256 by key 'k1'"),
                      HasSubstr("expired 12 s ago"), HasSubstr("5 min ago"),
                      HasSubstr("issued by 'https://a'"), HasSubstr("held by client 'web'"),
                      HasSubstr("meant for 'api', 'b'"), HasSubstr("token exchange"),
                      HasSubstr("'desk' acts for the subject"), HasSubstr("bound to a key")));
}

TEST(Inspect, NamesWhatIsOdd) {
    EXPECT_THAT(explained(token(R"({"alg":"none"})", "{}")),
                AllOf(HasSubstr("never accepts"), HasSubstr("never expires"),
                      HasSubstr("meant for nobody")));
    EXPECT_THAT(explained(token(R"({"alg":"RS256"})", R"({"exp":"soon"})")),
                HasSubstr("exp is no time"));
    EXPECT_THAT(explained(token(R"({"alg":"RS256"})", R"({"iat":1700000100,"exp":1800000000})")),
                AllOf(HasSubstr("in the future"), HasSubstr("lives long")));
}

TEST(Inspect, TellsKindsApart) {
    struct Case {
        const char* header;
        const char* payload;
        const char* kind;
    };
    const std::vector<Case> cases{
        {R"({"alg":"RS256","typ":"at+jwt"})", "{}", "access token (RFC 9068)"},
        {R"({"alg":"RS256"})", R"({"typ":"ID"})", "ID token"},
        {R"({"alg":"RS256"})", R"({"nonce":"n"})", "ID token"},
        {R"({"alg":"RS256"})", R"({"scope":"a"})", "access token"},
        {R"({"alg":"HS512"})", R"({"typ":"Refresh"})", "refresh token of Keycloak"},
        {R"({"alg":"RS256"})", R"({"typ":"Logout"})", "logout token"},
        {R"({"alg":"ES256","typ":"dpop+jwt"})", "{}", "DPoP proof"},
        {R"({"alg":"ES256","typ":"oauth-id-jag+jwt"})", "{}", "identity assertion (ID-JAG)"},
        {R"({"alg":"ES256"})", R"({"iss":"a","sub":"a"})", "client assertion"},
        {R"({"alg":"ES256"})", "{}", "JWT of no known kind"}};
    for (const auto& item : cases) {
        EXPECT_EQ(inspect(token(item.header, item.payload), from_unix(kTime)).kind, item.kind);
    }
}

TEST(Inspect, ABrokenJwtIsCalledBroken) {
    const auto broken = inspect(token("{", "{}"), from_unix(kTime));
    EXPECT_EQ(broken.kind, "broken JWT");
    EXPECT_TRUE(broken.claims.is_null());
    ASSERT_FALSE(broken.lines.empty());
    EXPECT_THAT(broken.lines.back(), HasSubstr("can not be read"));
}

TEST(Inspect, WhiteSpaceAroundIsSaidAndSkipped) {
    const auto seen = inspect(" " + token(R"({"alg":"ES256"})", "{}") + "\n", from_unix(kTime));
    EXPECT_FALSE(seen.claims.is_null());
    EXPECT_THAT(seen.lines.front(), HasSubstr("white space"));
}

TEST(Inspect, ShapesOfWhatIsNoJwt) {
    EXPECT_THAT(describe_shape(""), HasSubstr("empty"));
    EXPECT_THAT(describe_shape("cr_x"), HasSubstr("refresh token of this server"));
    EXPECT_THAT(describe_shape("Bearer x"), HasSubstr("leave out 'Bearer '"));
    EXPECT_THAT(describe_shape("PD94bWwgdmVyc2lvbj0i"), HasSubstr("SAML"));
    EXPECT_THAT(describe_shape("ya29.abc"), HasSubstr("Google"));
    EXPECT_THAT(describe_shape("eya.b.c.d.e"), HasSubstr("encrypted"));
    EXPECT_EQ(describe_shape("a"), "opaque text of 1 character");
}

TEST(Inspect, ControlCharactersOfATokenDoNotReachTheTerminal) {
    const auto text = explained(token(R"({"alg":"\u001b[2J"})", R"({"iss":"a\u001b[2J"})"));
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace cambist::tokens
