// SPDX-License-Identifier: Apache-2.0
#include "hooks/subject_hook.h"

#include <gtest/gtest.h>

#include "base/base64url.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "json/parse.h"

namespace cambist::hooks {
namespace {

class FixedClock final : public Clock {
  public:
    TimePoint now() const override { return from_unix(1'700'000'000); }
};

SubjectQuestion question(std::string_view token) {
    SubjectQuestion asked;
    asked.id = "q-1";
    asked.at = 1'700'000'000;
    asked.realm = "demo";
    asked.issuer = "legacy";
    asked.token_type = "urn:acme:ticket";
    asked.token = token;
    asked.requester = "shop";
    asked.audiences = {"orders"};
    return asked;
}

struct HookCase {
    const char* name;
    int status;
    const char* type;
    const char* body;
    std::optional<ErrorCode> code;
};
class HookAnswers : public testing::TestWithParam<HookCase> {};

TEST_P(HookAnswers, AcceptRefuseDenyOrFailClosed) {
    const auto& given = GetParam();
    const auto claims = read_subject_answer(
        {.status = given.status, .content_type = given.type, .max_age = {}, .body = given.body});
    if (!given.code) {
        ASSERT_TRUE(claims) << claims.error().describe();
        EXPECT_EQ(*claims->find_string("sub"), "u");
    } else {
        ASSERT_FALSE(claims);
        EXPECT_EQ(claims.error().code, *given.code);
    }
}

constexpr auto* kJson = "application/json";
constexpr auto kClosed = ErrorCode::kHookUnanswered;
INSTANTIATE_TEST_SUITE_P(
    Cases, HookAnswers,
    testing::Values(
        HookCase{"Accept",
                 200,
                 kJson,
                 R"({"version":1,"decision":"accept","claims":{"sub":"u","exp":1}})",
                 {}},
        HookCase{"Invalid", 200, kJson, R"({"version":1,"decision":"invalid","reason":"old"})",
                 ErrorCode::kHookInvalid},
        HookCase{"Deny", 200, kJson, R"({"version":1,"decision":"deny"})", ErrorCode::kHookDenied},
        HookCase{"OtherVersion", 200, kJson,
                 R"({"version":2,"decision":"accept","claims":{"sub":"u"}})", kClosed},
        HookCase{"NoVersion", 200, kJson, R"({"decision":"accept","claims":{"sub":"u"}})", kClosed},
        HookCase{"OtherDecision", 200, kJson,
                 R"({"version":1,"decision":"ACCEPT","claims":{"sub":"u"}})", kClosed},
        HookCase{"NoClaims", 200, kJson, R"({"version":1,"decision":"accept"})", kClosed},
        HookCase{"NoSubject", 200, kJson, R"({"version":1,"decision":"accept","claims":{}})",
                 kClosed},
        HookCase{"NumberAsSubject", 200, kJson,
                 R"({"version":1,"decision":"accept","claims":{"sub":5}})", kClosed},
        HookCase{"UnknownMember", 200, kJson,
                 R"({"version":1,"decision":"accept","claims":{"sub":"u"},"obligation":"mfa"})",
                 kClosed},
        HookCase{"Twice", 200, kJson,
                 R"({"version":1,"decision":"deny","decision":"accept","claims":{"sub":"u"}})",
                 kClosed},
        HookCase{"Html", 200, "text/html", R"({"version":1,"decision":"deny"})", kClosed},
        HookCase{"Empty", 200, kJson, "", kClosed}, HookCase{"Error", 500, kJson, "{}", kClosed},
        HookCase{"Redirect", 302, kJson, "{}", kClosed}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(SubjectHook, ShowsAWarrantThatIsForThisQuestionAlone) {
    const FixedClock clock;
    Log log(clock, 2, LogLevel::kError);
    std::string sent;
    std::string shown;
    const trust::Remote remote(
        [&](const outbound::Request& request) -> Result<outbound::Answer> {
            sent = std::string(request.body);
            shown = std::string(request.authorization->expose());
            return outbound::Answer{
                .status = 200,
                .content_type = kJson,
                .max_age = {},
                .body = R"({"version":1,"decision":"accept","claims":{"sub":"u"}})"};
        },
        clock, log, {});
    std::string warrant;
    const Sign sign = [&](std::string claims) -> Result<std::string> {
        warrant = std::move(claims);
        return "signed";
    };
    const auto claims =
        ask_subject_hook({remote, "https://us/realms/demo", sign}, "https://hook/", question("t"));
    ASSERT_TRUE(claims) << claims.error().describe();
    EXPECT_EQ(shown, "Bearer signed");
    const auto asked = json::parse(sent);
    EXPECT_EQ(*asked->find_string("token"), "t");
    EXPECT_EQ(*asked->find_string("question"), "subject_token");
    EXPECT_EQ(asked->find("version")->as_int64(), 1);
    const auto said = json::parse(warrant);
    EXPECT_EQ(*said->find_string("aud"), "https://hook/");
    EXPECT_EQ(*said->find_string("jti"), "q-1");
    EXPECT_EQ(*said->find_string("body_sha256"), base64url_encode(crypto::sha256(sent)));
    EXPECT_EQ(said->find("exp")->as_int64() - said->find("iat")->as_int64(), 60);
}

TEST(SubjectHook, IsNotAskedAboutBytesThatNoJsonCanHold) {
    const FixedClock clock;
    Log log(clock, 2, LogLevel::kError);
    const trust::Remote remote(
        [&](const outbound::Request&) -> Result<outbound::Answer> {
            return fail(ErrorCode::kOutboundFailed, "must not be asked");
        },
        clock, log, {});
    const Sign sign = [](std::string) -> Result<std::string> { return "signed"; };
    const auto claims =
        ask_subject_hook({remote, "https://us", sign}, "https://hook/", question("\xff"));
    ASSERT_FALSE(claims);
    EXPECT_EQ(claims.error().code, ErrorCode::kHookInvalid);
}

}  // namespace
}  // namespace cambist::hooks
