// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions.h"

#include <gtest/gtest.h>

#include <thread>

#include "crypto/digest.h"
#include "gateway/log_ins.h"

namespace cambist::gateway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kNow = from_unix(1'800'000'000);
const SystemRandom kRandom;

Session::Beginning of(std::string subject) {
    Session::Beginning beginning;
    beginning.subject = std::move(subject);
    return beginning;
}

TEST(Sessions, EndWhenNobodyUsesThem) {
    const SessionSettings settings;
    const Sessions sessions(kRandom, settings);
    const auto cookie = sessions.begin(of("a"), kNow);
    EXPECT_EQ(sessions.find("", kNow), nullptr);
    EXPECT_NE(sessions.find(cookie, kNow + minutes(29)), nullptr);
    EXPECT_NE(sessions.find(cookie, kNow + minutes(58), Sessions::Use::kDoesNotCount), nullptr);
    EXPECT_EQ(sessions.find(cookie, kNow + minutes(59)), nullptr) << "looking keeps nothing awake";
    EXPECT_EQ(sessions.take_ended(kNow + minutes(59)).size(), 1U);
}

TEST(Sessions, ThatTheServerWasNotToldOfComeAgain) {
    const SessionSettings settings;
    const Sessions sessions(kRandom, settings);
    for (const auto* subject : {"a", "b", "c"}) sessions.begin(of(subject), kNow);
    auto ended = sessions.take_ended(kNow + hours(1));
    ASSERT_EQ(ended.size(), 3U);
    ended.pop_back();
    sessions.give_back(std::move(ended));
    EXPECT_EQ(sessions.take_ended(kNow + hours(1)).size(), 2U);
    EXPECT_TRUE(sessions.take_ended(kNow + hours(1)).empty());
}

TEST(Sessions, EndAfterTheirLongestTimeThoughUsed) {
    const SessionSettings settings;
    const Sessions sessions(kRandom, settings);
    const auto cookie = sessions.begin(of("a"), kNow);
    auto now = kNow;
    for (; now < kNow + hours(8); now += minutes(20))
        EXPECT_NE(sessions.find(cookie, now), nullptr);
    EXPECT_EQ(sessions.find(cookie, kNow + hours(8)), nullptr);
}

TEST(Sessions, OfOneUserMakeRoomForEachOtherOnly) {
    const SessionSettings settings{.of_user = 2};
    const Sessions sessions(kRandom, settings);
    const auto other = sessions.begin(of("b"), kNow - minutes(1));
    const auto first = sessions.begin(of("a"), kNow);
    const auto second = sessions.begin(of("a"), kNow + seconds(1));
    EXPECT_NE(sessions.find(first, kNow + seconds(2)), nullptr) << "used last";
    const auto third = sessions.begin(of("a"), kNow + seconds(3));
    EXPECT_NE(sessions.find(first, kNow + seconds(3)), nullptr);
    EXPECT_EQ(sessions.find(second, kNow + seconds(3)), nullptr);
    EXPECT_NE(sessions.find(third, kNow + seconds(3)), nullptr);
    EXPECT_NE(sessions.find(other, kNow + seconds(3)), nullptr);
    EXPECT_EQ(sessions.take_ended(kNow + seconds(3)).size(), 1U) << "its tokens are to be revoked";
}

TEST(Sessions, AreBoundedAsAWhole) {
    const SessionSettings settings{.most = 3};
    const Sessions sessions(kRandom, settings);
    const auto first = sessions.begin(of("a"), kNow);
    for (int i = 1; i <= 3; ++i) sessions.begin(of(std::to_string(i)), kNow + seconds(i));
    EXPECT_EQ(sessions.find(first, kNow + seconds(4)), nullptr);
}

TEST(Sessions, AreTakenOnce) {
    const SessionSettings settings;
    const Sessions sessions(kRandom, settings);
    const auto cookie = sessions.begin(of("a"), kNow);
    EXPECT_NE(sessions.take(cookie), nullptr);
    EXPECT_EQ(sessions.take(cookie), nullptr);
    EXPECT_EQ(sessions.find(cookie, kNow), nullptr);
    EXPECT_TRUE(sessions.take_ended(kNow).empty());
}

TEST(Session, GivesTheTurnToOneAtATime) {
    const Session session(of("a"));
    auto first = session.take_turn();
    ASSERT_TRUE(first);
    bool got = false;
    std::thread waiting([&] { got = session.take_turn().has_value(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_FALSE(got);
    first.reset();
    waiting.join();
    EXPECT_TRUE(got);
}

TEST(LogIns, GiveTheVerifierToTheBrowserThatBegan) {
    const LogIns log_ins(kRandom);
    const auto begun = log_ins.begin(kNow);
    const auto verifier = log_ins.verifier_of(begun.cookie, kNow + seconds(599));
    ASSERT_TRUE(verifier);
    EXPECT_EQ(crypto::sha256_base64url(verifier->expose()), begun.challenge);
    EXPECT_FALSE(log_ins.verifier_of(begun.cookie, kNow + seconds(600)));
    EXPECT_NE(log_ins.begin(kNow).challenge, begun.challenge);
}

TEST(LogIns, MakeOfAChangedCookieAnotherVerifier) {
    const LogIns log_ins(kRandom);
    const LogIns of_another_process(kRandom);
    const auto begun = log_ins.begin(kNow);
    const auto forged = "1900000000" + begun.cookie.substr(begun.cookie.find('.'));
    const auto of = [&](const LogIns& from, std::string_view cookie) {
        return crypto::sha256_base64url(from.verifier_of(cookie, kNow)->expose());
    };
    EXPECT_NE(of(log_ins, forged), begun.challenge);
    EXPECT_NE(of(of_another_process, begun.cookie), begun.challenge);
    for (const auto* cookie : {"", ".", "x.y", "1900000000", "99999999999999999999.x", "-1.x"})
        EXPECT_FALSE(log_ins.verifier_of(cookie, kNow)) << cookie;
    EXPECT_FALSE(log_ins.verifier_of("1900000000." + std::string(100, 'a'), kNow));
}

}  // namespace
}  // namespace cambist::gateway
