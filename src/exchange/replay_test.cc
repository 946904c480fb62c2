// SPDX-License-Identifier: Apache-2.0
#include "exchange/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace cambist::exchange {
namespace {

using testing::HasSubstr;

// A line as a server writes it, with every member.
const std::string kLine =
    R"({"version":1,"trace":"T1","at":1700000000,"realm":"shop","client":"orders",)"
    R"("method":"client_secret_basic","mode":"delegation","naked":true,"issuer":"https://s/realms/shop",)"
    R"("subject":"u1","subjectName":"ann","actor":"u2","actorName":"bob",)"
    R"("subjectToken":{"type":"access_token","issuer":"https://s/realms/shop","subject":"u1",)"
    R"("audience":["orders"],"holder":"web","scopes":["read"],"issued":1699999990,"expires":1700000300,)"
    R"("chainEnd":5,"authTime":6,"acr":"1","session":"s1","act":"{}","mayAct":"{}","bound":true,)"
    R"("jkt":"k","x5tS256":"x","lightweight":true,"hidesActor":true},)"
    R"("actorToken":{"type":"jwt","issued":1,"expires":2,"trustedIssuer":"robots","hasCeiling":true,)"
    R"("ceiling":["a"]},)"
    R"("session":{"id":"s1","started":1,"lastAccess":2,"expires":3,"method":"password","offline":true},)"
    R"("manages":true,"standings":[{"kind":"guardian","id":"r1","scopes":["a"],"audiences":["b"],"expires":9}],)"
    R"("wanted":{"audiences":["billing"],"resources":["https://b/"],"scopes":["read"],"hasScope":true,)"
    R"("type":"handoff","subject":"username:ann","reason":true,"ticket":true,"challenge":true,)"
    R"("origin":"https://a","redirectUri":"https://a/","acr":"2","amr":["otp"]},"jkt":"k2",)"
    R"("upshot":{"code":"TX-TGT-01"}})";

TEST(Recording, ALineHoldsWhatADecisionLooksAt) {
    const auto recorded = parse_recorded(kLine);
    ASSERT_TRUE(recorded) << recorded.error().describe();
    EXPECT_EQ(recorded->trace, "T1");
    EXPECT_EQ(recorded->mode, Mode::kDelegation);
    EXPECT_TRUE(recorded->naked);
    ASSERT_TRUE(recorded->subject_token && recorded->actor_token && recorded->session);
    const auto& token = *recorded->subject_token;
    EXPECT_EQ(token.audience, std::vector<std::string>{"orders"});
    EXPECT_EQ(token.holder.text(), "web");
    EXPECT_EQ(token.expires_at, 1'700'000'300);
    EXPECT_EQ(token.chain_end, 5);
    EXPECT_TRUE(token.is_bound && token.is_lightweight && token.hides_actor);
    EXPECT_EQ(token.cnf.x5t_s256, "x");
    EXPECT_EQ(recorded->actor_token->type, TokenType::kJwt);
    EXPECT_EQ(token.foreign, nullptr);
    ASSERT_TRUE(recorded->actor_token->foreign && recorded->actor_token->foreign->ceiling);
    EXPECT_EQ(recorded->actor_token->foreign->alias, "robots");
    EXPECT_EQ(*recorded->actor_token->foreign->ceiling, std::vector<std::string>{"a"});
    EXPECT_FALSE(recorded->subject_origin || recorded->actor_origin);
    EXPECT_TRUE(recorded->session->offline);
    EXPECT_TRUE(recorded->relationship.manages);
    ASSERT_EQ(recorded->relationship.standings.size(), 1U);
    EXPECT_EQ(recorded->relationship.standings[0].kind, "guardian");
    EXPECT_EQ(recorded->wanted.token_type, TokenType::kHandOff);
    EXPECT_EQ(recorded->wanted.reason, "given");
    EXPECT_EQ(recorded->wanted.hand_off.amr, std::vector<std::string>{"otp"});
    EXPECT_EQ(recorded->proven.jkt, "k2");
    EXPECT_EQ(recorded->upshot.code, "TX-TGT-01");
}

TEST(Recording, ALineThatIsDamagedIsNotGuessedAt) {
    const std::vector<std::pair<std::string, std::string>> changes{
        {"\"version\":1", "\"version\":2"},
        {"\"mode\":\"delegation\"", "\"mode\":\"x\""},
        {"client_secret_basic", "sign"},
        {"\"at\":1700000000", "\"at\":\"now\""},
        {"\"subject\":\"u1\",\"subjectN", "\"subject\":7,\"subjectN"},
        {"\"type\":\"access_token\"", "\"type\":\"x\""},
        {"\"type\":\"handoff\"", "\"type\":\"x\""},
        {"\"upshot\":", "\"downshot\":"},
        {"\"scopes\":[\"a\"]", "\"scopes\":[1]"},
        {"\"offline\":true", "\"offline\":1"}};
    for (const auto& [from, to] : changes) {
        auto line = kLine;
        ASSERT_NE(line.find(from), std::string::npos) << from;
        line.replace(line.find(from), from.size(), to);
        const auto recorded = parse_recorded(line);
        ASSERT_FALSE(recorded) << to;
        EXPECT_EQ(recorded.error().code, ErrorCode::kConfigInvalid) << to;
    }
    for (const auto* line : {"", "[]", "{", "null"}) EXPECT_FALSE(parse_recorded(line)) << line;
}

class ReplayTest : public testing::Test {
  protected:
    ReplayTest() {
        realm_->name = RealmName("shop");
        realm_->clients.emplace_back().client_id = ClientId("orders");
        realm_->index();
        ground_ = {.realm = realm_,
                   .find_user = [](const UserId&, const std::string&) -> Ground::Found {
                       return std::shared_ptr<const Identity>();
                   },
                   .find_service_account = [](const ClientId&) -> Ground::Found {
                       return std::shared_ptr<const Identity>();
                   }};
    }
    std::shared_ptr<Realm> realm_ = std::make_shared<Realm>();
    Ground ground_;
};

TEST_F(ReplayTest, NamesWhoIsNotThereAnyMore) {
    const auto recorded = parse_recorded(kLine);
    ASSERT_TRUE(recorded);
    auto played = Replay(ground_).play(*recorded);
    ASSERT_FALSE(played);
    EXPECT_EQ(played.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(played.error().hint, HasSubstr("user ann"));
    auto other = *recorded;
    other.client = "gone";
    played = Replay(ground_).play(other);
    ASSERT_FALSE(played);
    EXPECT_THAT(played.error().hint, HasSubstr("client gone"));
}

// A user of the same name is somebody else.
TEST_F(ReplayTest, ASubjectOfAnIssuerIsLookedForAmongNoUsers) {
    auto line = kLine;
    const std::string_view mark = R"("subjectName":"ann",)";
    line.insert(line.find(mark), R"("subjectIssuer":"partner","subjectThere":"s-7",)");
    const auto recorded = parse_recorded(line);
    ASSERT_TRUE(recorded && recorded->subject_origin);
    EXPECT_EQ(recorded->subject_origin->subject, "s-7");
    ground_.find_user = [](const UserId&, const std::string& name) -> Ground::Found {
        ADD_FAILURE() << name;
        return std::shared_ptr<const Identity>();
    };
    const auto played = Replay(ground_).play(*recorded);
    ASSERT_FALSE(played);
    EXPECT_THAT(played.error().hint, HasSubstr("subject ann of issuer partner"));
}

}  // namespace
}  // namespace cambist::exchange
