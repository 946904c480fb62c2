// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/text.h"
#include "trust/discovery.h"
#include "trust/key_sets.h"
#include "trust/questions.h"

namespace cambist::trust {
namespace {

class SetClock final : public Clock {
  public:
    TimePoint now() const override { return from_unix(seconds); }
    std::atomic<std::int64_t> seconds = 1'700'000'000;
};

outbound::Answer answer(int status, std::string body, std::string type = "application/json") {
    return {.status = status, .content_type = std::move(type), .max_age = {}, .body = body};
}

// A server of somebody's that answers what it is told to, and remembers what it was asked.
class RemoteTest : public testing::Test {
  protected:
    Remote::Send send() {
        return [this](const outbound::Request& request) -> Result<outbound::Answer> {
            ++asked_;
            while (!open_.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            return next_.with([&](Result<outbound::Answer>& next) {
                body_ = std::string(request.body);
                repeatable_ = request.repeatable;
                authorization_ = request.authorization == nullptr
                                     ? ""
                                     : std::string(request.authorization->expose());
                return next;
            });
        };
    }
    void answers(Result<outbound::Answer> next) {
        next_.change([&](Result<outbound::Answer>& at) { at = std::move(next); });
    }
    Result<outbound::Answer> ask(const Remote& remote, std::string_view url = "https://a/") {
        outbound::Request request;
        request.url = url;
        return remote.ask(request);
    }

    SetClock clock_;
    Log log_{clock_, 2, LogLevel::kError};
    Guarded<Result<outbound::Answer>> next_{answer(200, "{}")};
    std::atomic<bool> open_ = true;
    std::atomic<int> asked_ = 0;
    std::string body_;
    std::string authorization_;
    bool repeatable_ = true;
};

TEST_F(RemoteTest, AServerThatFailsAgainAndAgainIsLeftAloneForAWhile) {
    const Remote remote(send(), clock_, log_, {.failures = 3, .pause = Seconds(10)});
    answers(fail(ErrorCode::kOutboundFailed, "away"));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(remote).error().code, ErrorCode::kOutboundFailed);
    EXPECT_EQ(ask(remote).error().code, ErrorCode::kOutboundBusy);
    EXPECT_EQ(asked_, 3);
    EXPECT_EQ(ask(remote, "https://b/").error().code, ErrorCode::kOutboundFailed);
    // One question tries it: it is still away, and the next ones are not asked.
    clock_.seconds += 10;
    EXPECT_EQ(ask(remote).error().code, ErrorCode::kOutboundFailed);
    EXPECT_EQ(ask(remote).error().code, ErrorCode::kOutboundBusy);
    EXPECT_EQ(asked_, 5);
    clock_.seconds += 10;
    answers(answer(200, "{}"));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(remote));
}

TEST_F(RemoteTest, AServerErrorIsAFailureAndARefusalIsNone) {
    const Remote remote(send(), clock_, log_, {.failures = 2});
    answers(answer(401, "{}"));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(ask(remote));
    answers(answer(503, "{}"));
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(ask(remote));
    EXPECT_EQ(ask(remote).error().code, ErrorCode::kOutboundBusy);
}

TEST_F(RemoteTest, OnlySoManyWaitForOneServerAndForAll) {
    const Remote remote(send(), clock_, log_, {.at_a_time = 2, .of_all = 3});
    open_ = false;
    std::vector<std::jthread> askers;
    for (int i = 0; i < 2; ++i) askers.emplace_back([&] { EXPECT_TRUE(ask(remote)); });
    while (asked_ < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(ask(remote).error().code, ErrorCode::kOutboundBusy);
    askers.emplace_back([&] { EXPECT_TRUE(ask(remote, "https://b/")); });
    while (asked_ < 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(ask(remote, "https://c/").error().code, ErrorCode::kOutboundBusy);
    open_ = true;
    askers.clear();
    EXPECT_TRUE(ask(remote));
}

TEST_F(RemoteTest, IntrospectionShowsOurCredentialsAndTheToken) {
    const Remote remote(send(), clock_, log_, {});
    const Secret secret("p&w");
    answers(answer(200, R"({"active":true,"sub":"u"})"));
    const auto said = introspect(remote, "https://a/", {"us:1", &secret, false}, "a+b");
    ASSERT_TRUE(said) << said.error().describe();
    EXPECT_EQ(*said->find_string("sub"), "u");
    EXPECT_EQ(body_, "token=a%2Bb&token_type_hint=access_token");
    EXPECT_EQ(authorization_, "Basic dXMlM0ExOnAlMjZ3");
    ASSERT_TRUE(introspect(remote, "https://a/", {"us", &secret, true}, "t"));
    EXPECT_EQ(body_, "token=t&token_type_hint=access_token&client_id=us&client_secret=p%26w");
    EXPECT_EQ(authorization_, "");
}

TEST_F(RemoteTest, ARefreshTokenIsNeverSentTwice) {
    const Remote remote(send(), clock_, log_, {});
    answers(answer(200, R"({"access_token":"x"})"));
    ASSERT_TRUE(use_refresh_token(remote, "https://a/", {"us", nullptr, false}, "r"));
    EXPECT_FALSE(repeatable_);
    EXPECT_EQ(body_, "grant_type=refresh_token&refresh_token=r&client_id=us");
}

struct AnswerCase {
    const char* name;
    outbound::Answer answer;
    std::optional<ErrorCode> introspection;
    std::optional<ErrorCode> userinfo;
    std::optional<ErrorCode> token;
};
class TokenAnswers : public testing::TestWithParam<AnswerCase> {};

TEST_P(TokenAnswers, SayYesOrNoOrNothingThatCounts) {
    const auto code = [](const Result<json::Value>& result) -> std::optional<ErrorCode> {
        if (result) return std::nullopt;
        return result.error().code;
    };
    EXPECT_EQ(code(read_introspection(GetParam().answer)), GetParam().introspection);
    EXPECT_EQ(code(read_userinfo(GetParam().answer)), GetParam().userinfo);
    EXPECT_EQ(code(read_token_answer(GetParam().answer)), GetParam().token);
}

constexpr auto kNo = ErrorCode::kForeignTokenInactive;
constexpr auto kNothing = ErrorCode::kForeignTokenUnanswered;
INSTANTIATE_TEST_SUITE_P(
    Cases, TokenAnswers,
    testing::Values(
        AnswerCase{"ActiveWithSubject", answer(200, R"({"active":true,"sub":"u"})"), {}, {}, {}},
        AnswerCase{"Inactive", answer(200, R"({"active":false})"), kNo, kNothing, {}},
        AnswerCase{"ActiveAsText", answer(200, R"({"active":"true"})"), kNothing, kNothing, {}},
        AnswerCase{"SubjectAlone", answer(200, R"({"sub":"u"})"), kNothing, {}, {}},
        AnswerCase{"EmptySubject", answer(200, R"({"active":true,"sub":""})"), {}, kNothing, {}},
        AnswerCase{"Twice", answer(200, R"({"active":false,"active":true})"), kNothing, kNothing,
                   kNothing},
        AnswerCase{"Array", answer(200, "[]"), kNothing, kNothing, kNothing},
        AnswerCase{"Html", answer(200, R"({"active":true})", "text/html"), kNothing, kNothing,
                   kNothing},
        AnswerCase{"Jwt", answer(200, "a.b.c", "application/jwt"), kNothing, kNothing, kNothing},
        AnswerCase{"Redirect", answer(302, ""), kNothing, kNothing, kNothing},
        AnswerCase{"Unauthorized", answer(401, R"({"error":"invalid_client"})"), kNothing, kNo,
                   kNothing},
        AnswerCase{"InvalidGrant", answer(400, R"({"error":"invalid_grant"})"), kNothing, kNothing,
                   kNo},
        AnswerCase{"Forbidden", answer(403, ""), kNothing, kNo, kNothing},
        AnswerCase{"ServerError", answer(500, "{}"), kNothing, kNothing, kNothing}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Discovery, AddressesAreMadeAsBothStandardsSay) {
    EXPECT_EQ(openid_configuration_url("https://a/r/x"),
              "https://a/r/x/.well-known/openid-configuration");
    EXPECT_EQ(openid_configuration_url("https://a/"), "https://a/.well-known/openid-configuration");
    EXPECT_EQ(authorization_server_url("https://a/r/x"),
              "https://a/.well-known/oauth-authorization-server/r/x");
    EXPECT_EQ(authorization_server_url("https://a"),
              "https://a/.well-known/oauth-authorization-server");
}

TEST(Discovery, MetadataOfAnotherIssuerLendNoKeys) {
    const auto text = R"({"issuer":"https://a","jwks_uri":"https://a/k","token_endpoint":null})";
    const auto own = parse_provider_metadata("https://a", text);
    ASSERT_TRUE(own) << own.error().describe();
    EXPECT_EQ((*own)->jwks_uri, "https://a/k");
    for (const auto* other : {"https://a/", "https://A", "https://b", ""})
        EXPECT_FALSE(parse_provider_metadata(other, text)) << other;
    for (const auto* bad : {"[]", "{}", R"({"issuer":5})", R"({"issuer":"https://a","jwks_uri":1})",
                            R"({"issuer":"https://a","issuer":"https://b"})"})
        EXPECT_FALSE(parse_provider_metadata("https://a", bad)) << bad;
}

TEST_F(RemoteTest, MetadataAreSoughtAtBothAddressesAndForOneIssuer) {
    std::vector<std::string> asked;
    std::string issuer = "https://a/r";
    const Discovery discovery(
        [&](const std::string& url) -> Result<outbound::Answer> {
            asked.push_back(url);
            if (url == openid_configuration_url("https://a/r"))
                return fail(ErrorCode::kOutboundFailed, "404");
            return answer(200, R"({"issuer":")" + issuer + R"(","jwks_uri":"https://a/k"})");
        },
        clock_, log_, {.threads = 1});
    const auto found = discovery.of("https://a/r");
    ASSERT_TRUE(found) << found.error().describe();
    EXPECT_EQ((*found)->jwks_uri, "https://a/k");
    EXPECT_EQ(asked.size(), 2U);
    // The address that gave nothing is not asked again while what the other gave is fresh.
    clock_.seconds += 11;
    EXPECT_TRUE(discovery.of("https://a/r"));
    EXPECT_EQ(asked.size(), 2U);
    issuer = "https://evil/";
    EXPECT_FALSE(discovery.of("https://other"));
}

TEST_F(RemoteTest, APageAtTheFirstAddressThatIsNoMetadataDoesNotHideTheSecond) {
    const Discovery discovery(
        [&](const std::string& url) -> Result<outbound::Answer> {
            if (url == openid_configuration_url("https://a/r"))
                return answer(200, "<html>not here</html>");
            return answer(200, R"({"issuer":"https://a/r","jwks_uri":"https://a/k"})");
        },
        clock_, log_, {});
    EXPECT_TRUE(discovery.of("https://a/r"));
    EXPECT_FALSE(discovery.of("https://a/r/"));
}

// Metadata that never come are waited for as long as any document, not once for each of the two.
TEST_F(RemoteTest, KeysByMetadataAreOneFlightWithOnePatience) {
    std::atomic<bool> is_open = false;
    const Discovery discovery(
        [&](const std::string&) -> Result<outbound::Answer> {
            while (!is_open.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            return answer(200, R"({"issuer":"https://a/r","jwks_uri":"https://a/k"})");
        },
        clock_, log_, {});
    std::atomic<int> fetched = 0;
    const auto get = [&](const std::string& url) -> Result<outbound::Answer> {
        EXPECT_EQ(url, "https://a/k");
        ++fetched;
        return answer(200, R"({"keys":[]})");
    };
    const KeySets sets(discovering(get, discovery), clock_, log_,
                       {.patience = std::chrono::milliseconds(30)});
    const auto url = discovered("https://a/r");
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(sets.current(url));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
    is_open = true;
    // The flight went on, and what it brings serves whoever comes next.
    for (int i = 0; i < 2000 && !sets.current(url); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(sets.current(url));
    EXPECT_EQ(fetched, 1);
}

TEST_F(RemoteTest, MetadataThatNameNoKeysAreSaidToBeTheCause) {
    const Discovery discovery(
        [&](const std::string&) -> Result<outbound::Answer> {
            return answer(200, R"({"issuer":"https://a/r"})");
        },
        clock_, log_, {});
    const auto get = [](const std::string&) -> Result<outbound::Answer> {
        ADD_FAILURE() << "nothing to fetch";
        return answer(200, "{}");
    };
    const KeySets sets(discovering(get, discovery), clock_, log_, {});
    const auto none = sets.current(discovered("https://a/r"));
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().hint.find("no jwks_uri"), std::string::npos);
}

}  // namespace
}  // namespace cambist::trust
