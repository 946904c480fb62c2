// SPDX-License-Identifier: Apache-2.0
#include "exchange/parse.h"

#include <gtest/gtest.h>

#include "exchange/parties.h"
#include "exchange/secure.h"
#include "exchange/test_world.h"

namespace cambist::exchange {
namespace {

struct BadCase {
    const char* name;
    const char* body;
    ErrorCode code;
};

class ParseRefuses : public World, public testing::WithParamInterface<BadCase> {};

constexpr const char* kExchange =
    "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=orders&"
    "client_secret=orders-secret&subject_token=x&subject_token_type=urn:ietf:params:oauth:"
    "token-type:access_token";

// RFC 6749 section 3.2, RFC 8693 section 2.1, RFC 8707 section 2.
TEST_P(ParseRefuses, WithItsCause) {
    const std::string body = GetParam().body;
    EXPECT_EQ(refused(body.starts_with('&') ? kExchange + body : body), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ParseRefuses,
    testing::Values(
        BadCase{"NoGrantType", "client_id=orders", ErrorCode::kMissingParameter},
        BadCase{"EmptyGrantType", "grant_type=&client_id=orders", ErrorCode::kMissingParameter},
        BadCase{"UnknownGrantType", "grant_type=token_exchange", ErrorCode::kGrantTypeUnsupported},
        BadCase{"GrantTypeInOtherCase",
                "grant_type=urn:ietf:params:oauth:grant-type:Token-Exchange",
                ErrorCode::kGrantTypeUnsupported},
        BadCase{"RepeatedGrantType", "grant_type=password&grant_type=password",
                ErrorCode::kDuplicateParameter},
        BadCase{"RepeatedByEncodedName", "&subject%5Ftoken=y", ErrorCode::kDuplicateParameter},
        BadCase{"RepeatedSubjectTokenType", "&subject_token_type=y",
                ErrorCode::kDuplicateParameter},
        BadCase{"RepeatedScope", "&scope=a&scope=b", ErrorCode::kDuplicateParameter},
        BadCase{"RepeatedRequestedType", "&requested_token_type=a&requested_token_type=b",
                ErrorCode::kDuplicateParameter},
        BadCase{"BadPercent", "grant_type=%zz", ErrorCode::kMalformedRequest},
        BadCase{"NulByte", "grant_type=a%00b", ErrorCode::kMalformedRequest},
        BadCase{"BadUtf8", "grant_type=%ff", ErrorCode::kMalformedRequest},
        BadCase{"ActorTokenWithoutType", "&actor_token=y", ErrorCode::kUnpairedParameter},
        BadCase{"ActorTokenTypeWithoutToken", "&actor_token_type=y", ErrorCode::kUnpairedParameter},
        BadCase{"RequestedSubjectElsewhere",
                "grant_type=client_credentials&client_id=orders&requested_subject=bob",
                ErrorCode::kParameterNotSupported},
        BadCase{"ReasonElsewhere", "grant_type=client_credentials&client_id=orders&reason=why",
                ErrorCode::kParameterNotSupported},
        BadCase{"RequestedIssuer", "&requested_issuer=google", ErrorCode::kParameterNotSupported},
        BadCase{"AuthorizationDetails", "&authorization_details=%5B%5D",
                ErrorCode::kParameterNotSupported},
        BadCase{"ScopeWithDoubleSpace", "&scope=a++b", ErrorCode::kScopeMalformed},
        BadCase{"ScopeWithQuote", "&scope=%22a", ErrorCode::kScopeMalformed},
        BadCase{"RelativeResource", "&resource=/orders", ErrorCode::kResourceMalformed},
        BadCase{"ResourceWithFragment", "&resource=https://a.example/%23x",
                ErrorCode::kResourceMalformed},
        BadCase{"UnknownRequestedType", "&requested_token_type=urn:x",
                ErrorCode::kRequestedTypeUnsupported},
        BadCase{"AudienceWithClientCredentials",
                "grant_type=client_credentials&client_id=orders&audience=billing",
                ErrorCode::kParameterNotSupported}),
    [](const auto& test) { return std::string(test.param.name); });

using ParseTest = World;

TEST_F(ParseTest, AParameterWithoutAValueIsAsIfItWereNotSent) {
    const auto subject = login();
    granted(exchange_body("orders", subject.access_token, "&audience=billing&resource=&scope="));
    EXPECT_EQ(refused("grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=orders"
                      "&client_secret=orders-secret&subject_token=&subject_token_type=x"),
              ErrorCode::kMissingParameter);
}

TEST_F(ParseTest, ATooLongSubjectTokenIsAnErrorAndNeverAbsent) {
    EXPECT_EQ(refused(exchange_body("orders", std::string(20'000, 'x'), "&audience=billing")),
              ErrorCode::kSubjectTokenTooLong);
}

TEST_F(ParseTest, UnknownParametersAreIgnored) {
    granted(exchange_body("orders", login().access_token, "&audience=billing&foo=bar"));
}

// In another grant they would ask for something and be ignored.
TEST_F(ParseTest, ParametersOfOtherGrantsAreRefused) {
    const auto token = login().access_token;
    for (const auto* extra : {"code=c", "assertion=a", "username=bob", "password=b",
                              "refresh_token=r", "device_code=d", "redirect_uri=https://a/"})
        EXPECT_EQ(refused(exchange_body("orders", token, "&audience=billing&") + extra),
                  ErrorCode::kParameterNotSupported)
            << extra;
    // RFC 6749 section 3.2: without a value they are not sent.
    granted(exchange_body("orders", token, "&audience=billing&refresh_token=&code=&username="));
    for (const auto* extra :
         {"subject_token=x", "requested_token_type=x", "actor_token=x&actor_token_type=y",
          "requested_subject=bob", "organization=acme"})
        EXPECT_EQ(refused(std::string("grant_type=password&client_id=web&username=alice&password="
                                      "alice-password&") +
                          extra),
                  ErrorCode::kParameterNotSupported)
            << extra;
}

TEST_F(ParseTest, OrganizationIsOneWordAndNeverEmpty) {
    const auto token = login().access_token;
    const auto body = exchange_body("orders", token, "&audience=billing&organization=");
    EXPECT_EQ(refused(body), ErrorCode::kMissingParameter);
    EXPECT_EQ(refused(body + "a+b"), ErrorCode::kOrganizationUnknown);
    EXPECT_EQ(refused(body + "a%22b"), ErrorCode::kOrganizationUnknown);
    EXPECT_EQ(refused(body + "acme&organization=acme"), ErrorCode::kDuplicateParameter);
}

TEST(Secure, ExternalSparesPrivateAddresses) {
    const auto caller = [](const char* address, bool secure) {
        return Caller{address, secure, {}, {}, {}, {}};
    };
    for (const auto* local : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::1",
                              "fd00::1", "fe80::1", "::ffff:10.0.0.1"})
        EXPECT_TRUE(is_secure_enough(SslRequired::kExternal, caller(local, false))) << local;
    for (const auto* foreign :
         {"8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8", "nonsense"})
        EXPECT_FALSE(is_secure_enough(SslRequired::kExternal, caller(foreign, false))) << foreign;
    EXPECT_FALSE(is_secure_enough(SslRequired::kAll, caller("127.0.0.1", false)));
    EXPECT_TRUE(is_secure_enough(SslRequired::kAll, caller("8.8.8.8", true)));
}

// They are kept in the audit trail.
TEST_F(ParseTest, ReasonAndTicketAreShort) {
    const auto token = login().access_token;
    for (const std::string name : {"reason", "ticket"}) {
        const auto more = "&audience=billing&" + name + "=";
        EXPECT_EQ(refused(exchange_body("orders", token, more + std::string(513, 'x'))),
                  ErrorCode::kParameterTooLong);
        granted(exchange_body("orders", token, more + std::string(512, 'x')));
    }
}

Evidence evidence_with(std::string act, std::size_t ancestors) {
    Evidence evidence;
    auto user = std::make_shared<User>();
    evidence.subject = std::make_shared<const Identity>(Identity{user, {}, {}, {}});
    RefreshFamily family;
    family.act = std::move(act);
    family.xid = "tree";
    family.xp.assign(ancestors, "ancestor");
    evidence.family = family;
    return evidence;
}

TEST(Relate, KeepsTheActorChainAndTheTree) {
    const auto parties =
        relate(evidence_with(R"({"sub":"a","act":{"sub":"b"}})", 3), Caller(), Realm());
    ASSERT_TRUE(parties);
    EXPECT_EQ(parties->act, R"({"sub":"a","act":{"sub":"b"}})");
    EXPECT_EQ(parties->xid, "tree");
    EXPECT_EQ(parties->xp.size(), 3U);
}

// What was issued at the last link is to be used: only an exchange adds one more.
TEST(Relate, ServesTheRefreshOfWhatCameAtTheEndOfAChain) {
    EXPECT_TRUE(relate(evidence_with({}, 33), Caller(), Realm()));
}

TEST(Relate, RefusesAChainThatIsTooDeepAndNeverCutsIt) {
    std::string act = R"({"sub":"x"})";
    for (int i = 1; i < 5; ++i) act.insert(0, R"({"sub":"x","act":)").append("}");
    EXPECT_TRUE(relate(evidence_with(act, 0), Caller(), Realm()));
    act = R"({"sub":"x","act":)" + act + "}";
    const auto deep = relate(evidence_with(act, 0), Caller(), Realm());
    ASSERT_FALSE(deep);
    EXPECT_EQ(deep.error().code, ErrorCode::kChainTooDeep);
    EXPECT_FALSE(relate(evidence_with(R"({"sub":"x","act":"y"})", 0), Caller(), Realm()));
}

}  // namespace
}  // namespace cambist::exchange
