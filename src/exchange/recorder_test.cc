// SPDX-License-Identifier: Apache-2.0
#include "exchange/recorder.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "crypto/digest.h"
#include "exchange/replay.h"
#include "exchange/test_acting.h"

// Decisions of a server are recorded as they are made, and played again.
namespace cambist::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class RecorderTest : public ActingTest {
  protected:
    RecorderTest()
        : path_(std::filesystem::temp_directory_path() /
                ("cambist-recording-" + std::to_string(::getpid()))) {
        std::filesystem::remove(path_);
        recorder_ = *Recorder::open(path_, log_);
        recording_.emplace(Exchange::Parts{realms_, clients_, prover_, grants_, identities_,
                                           sessions_, families_, hand_offs_, minter_, *ledger_,
                                           log_, relations_, recorder_.get(), nullptr});
    }
    ~RecorderTest() override { std::filesystem::remove(path_); }

    // What a request was decided, and what was written of that.
    Outcome record(const std::string& body) { return serve(body, {}, {}, {}, &*recording_); }
    std::vector<std::string> lines() const {
        std::vector<std::string> out;
        std::ifstream in(path_);
        for (std::string line; std::getline(in, line);) out.push_back(line);
        return out;
    }
    Recorded last() const {
        const auto all = lines();
        if (all.empty()) {
            ADD_FAILURE() << "nothing was recorded";
            return {};
        }
        auto parsed = parse_recorded(all.back());
        if (parsed) return *std::move(parsed);
        ADD_FAILURE() << parsed.error().describe() << "\n" << all.back();
        return {};
    }
    // The realm as it is now, and its users.
    Ground ground() {
        const auto realm = realms_.find("shop");
        return {.realm = realm->realm,
                .find_user = [this, realm](const UserId& id, const std::string&) -> Ground::Found {
                    return identities_.find(*realm->realm, realm->version, id);
                },
                .find_service_account = [this, realm](const ClientId& client) -> Ground::Found {
                    return identities_.service_account_of(*realm->realm, realm->version, client);
                }};
    }
    std::vector<std::string> differences(const Recorded& recorded) {
        const auto played = Replay(ground()).play(recorded);
        if (played) return played->differences;
        return {played.error().describe()};
    }
    void change(const std::string& from, const std::string& to) {
        auto text = realm();
        ASSERT_NE(text.find(from), std::string::npos) << from;
        apply(text.replace(text.find(from), from.size(), to));
    }

    const std::string path_;
    std::unique_ptr<Recorder> recorder_;
    std::optional<Exchange> recording_;
};

TEST_F(RecorderTest, APermitIsRecordedWithAllThatItRestsOnAndNothingSecret) {
    const auto subject = login("bob").access_token;
    const auto actor = token_of("orders");
    ASSERT_TRUE(record(exchange_body("orders", subject,
                                     "&audience=payroll&reason=audit" + with_actor(actor)))
                    .response);
    const auto written = last();
    EXPECT_EQ(written.realm, "shop");
    EXPECT_EQ(written.client, "orders");
    EXPECT_EQ(written.method, ClientAuthMethod::kClientSecretPost);
    EXPECT_EQ(written.mode, Mode::kDelegation);
    EXPECT_EQ(written.subject, id_of("bob"));
    EXPECT_EQ(written.actor_name, "service-account-orders");
    EXPECT_EQ(written.at, clock_.seconds);
    ASSERT_TRUE(written.subject_token && written.actor_token && written.session);
    EXPECT_EQ(written.subject_token->holder.text(), "web");
    EXPECT_THAT(written.subject_token->audience, testing::Contains("orders"));
    EXPECT_EQ(written.session->id.text(), *claims_of(subject).find_string("sid"));
    EXPECT_THAT(written.wanted.audiences, ElementsAre("payroll"));
    EXPECT_EQ(written.wanted.reason, "given") << "that one was, and not which";
    EXPECT_EQ(written.upshot.code, "");
    EXPECT_EQ(written.upshot.seconds, 120);
    EXPECT_THAT(written.upshot.rules, ElementsAre("agent"));
    EXPECT_THAT(written.upshot.act, HasSubstr("orders"));
    const auto line = lines().back();
    for (const auto& secret : {subject, actor, std::string("orders-secret"), std::string("audit")})
        EXPECT_THAT(line, Not(HasSubstr(secret)));
    EXPECT_THAT(differences(written), IsEmpty());
}

TEST_F(RecorderTest, ARefusalIsRecordedByItsCode) {
    EXPECT_FALSE(
        record(exchange_body("orders", login("bob").access_token, "&audience=billing")).response);
    const auto written = last();
    EXPECT_EQ(written.upshot.code, "TX-RUL-02");
    EXPECT_EQ(written.upshot.token_type, "");
    EXPECT_THAT(differences(written), IsEmpty());
    change("users: { groups: [/staff] }", "users: { any: true }");
    EXPECT_THAT(differences(written), ElementsAre("refused with TX-RUL-02, now permitted"));
}

TEST_F(RecorderTest, WhatAGrantOfTheSubjectPermittedIsDecidedByTheGrantOfThen) {
    let_alice();
    ASSERT_TRUE(record(exchange_body("orders", login().access_token,
                                     "&audience=reports&requested_subject=bob"))
                    .response);
    const auto written = last();
    ASSERT_EQ(written.relationship.standings.size(), 1U);
    EXPECT_EQ(written.relationship.standings[0].kind, kGrantKind);
    EXPECT_EQ(written.wanted.requested_subject, "bob");
    ASSERT_TRUE(store_.commit({"shop", {store::RemoveRelation{"grant-1"}}}));
    EXPECT_THAT(differences(written), IsEmpty());
}

TEST_F(RecorderTest, AHandOffIsRecordedWithItsTerms) {
    const std::string type = "urn:cambist:params:oauth:token-type:handoff";
    ASSERT_TRUE(record(exchange_body("orders", login().access_token,
                                     "&audience=spa&requested_token_type=" + type +
                                         "&code_challenge_method=S256&acr=2&amr=otp&scope=openid"
                                         "&redirect_uri=https://spa.example/done&code_challenge=" +
                                         crypto::sha256_base64url("a verifier")))
                    .response);
    const auto written = last();
    EXPECT_EQ(written.wanted.token_type, TokenType::kHandOff);
    EXPECT_EQ(written.wanted.hand_off.challenge, "given");
    EXPECT_EQ(written.wanted.hand_off.redirect_uri, "https://spa.example/done");
    EXPECT_THAT(written.wanted.hand_off.amr, ElementsAre("otp"));
    EXPECT_EQ(written.upshot.holder, "spa");
    EXPECT_THAT(differences(written), IsEmpty());
}

TEST_F(RecorderTest, EveryDifferenceIsToldInWords) {
    ASSERT_TRUE(record(exchange_body("orders", login("bob").access_token,
                                     "&audience=payroll" + with_actor(token_of("orders"))))
                    .response);
    auto written = last();
    change("refresh: bounded, lifetime: 2m, mayAct", "refresh: bounded, lifetime: 1m, mayAct");
    EXPECT_THAT(differences(written), ElementsAre("seconds: 120, now 60"));
    written.upshot.scopes = {"b", "a"};
    written.upshot.audience = {"payroll", "other"};
    written.upshot.holder = "web";
    written.upshot.refresh = "new";
    written.upshot.token_type = "jwt";
    written.upshot.act.clear();
    EXPECT_THAT(differences(written),
                ElementsAre("type: jwt, now access_token", "holder: web, now orders",
                            "refresh token: new, now none", "audience: other payroll, now payroll",
                            "scopes: a b, now nothing", "seconds: 120, now 60",
                            HasSubstr("act: nothing, now {")));
    change("actor: { clients: [orders] }", "actor: { clients: [gateway] }");
    EXPECT_THAT(differences(written), ElementsAre(HasSubstr("permitted, now refused with TX-")));
}

TEST_F(RecorderTest, AFullDiskIsNoReasonToRefuse) {
    EXPECT_FALSE(Recorder::open("/nowhere/at/all", log_));
    const auto full = *Recorder::open("/dev/full", log_);
    recording_.emplace(Exchange::Parts{realms_, clients_, prover_, grants_, identities_, sessions_,
                                       families_, hand_offs_, minter_, *ledger_, log_, relations_,
                                       full.get(), nullptr});
    const auto token = login().access_token;
    for (int turn = 0; turn < 2; ++turn)
        EXPECT_TRUE(record(exchange_body("orders", token, "&audience=billing")).response);
}

}  // namespace
}  // namespace cambist::exchange
