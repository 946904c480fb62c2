// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "crypto/key.h"
#include "trust/client_keys.h"

namespace cambist::trust {
namespace {

class SetClock final : public Clock {
  public:
    TimePoint now() const override { return from_unix(seconds); }
    std::atomic<std::int64_t> seconds = 1'700'000'000;
};

std::string set_of(const std::vector<std::string>& kids, const std::string& use = "sig") {
    json::Value keys = json::Value::array();
    for (const auto& kid : kids)
        keys.push(jose::render_jwk(
            {.kid = kid,
             .kty = "EC",
             .alg = {},
             .use = use,
             .key = crypto::PrivateKey::generate(crypto::KeyKind::kP256)->public_key()}));
    json::Value set = json::Value::object();
    set.set("keys", std::move(keys));
    return set.to_text();
}

const std::string kUrl = "https://client.example/jwks";

// A server of somebody's: what it answers next, and how often it was asked.
class KeySetsTest : public testing::Test {
  protected:
    void answers(Result<outbound::Answer> next) {
        next_.change([&](Result<outbound::Answer>& at) { at = std::move(next); });
    }
    void answers(const std::string& body, std::optional<Seconds> max_age = {}) {
        answers(
            outbound::Answer{.status = 200, .content_type = {}, .max_age = max_age, .body = body});
    }
    void is_away() { answers(fail(ErrorCode::kOutboundFailed, "away")); }
    KeySets::Fetch fetch() {
        return [this](const std::string&) {
            ++asked_;
            while (!open_.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
            return next_.with([](auto& next) { return next; });
        };
    }
    std::size_t keys_of(const Result<std::shared_ptr<const KeySet>>& set) {
        return set ? (*set)->verification.keys.size() : 0;
    }

    SetClock clock_;
    Log log_{clock_, 2, LogLevel::kError};
    Guarded<Result<outbound::Answer>> next_{fail(ErrorCode::kOutboundFailed, "nothing yet")};
    std::atomic<bool> open_ = true;
    std::atomic<int> asked_ = 0;
};

TEST_F(KeySetsTest, ASetIsFetchedOnceAndKeptAsLongAsItsServerSays) {
    const KeySets sets(fetch(), clock_, log_, {});
    answers(set_of({"a"}), Seconds(120));
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    EXPECT_EQ(asked_, 1);
    answers(set_of({"a", "b"}));
    clock_.seconds += 119;
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    clock_.seconds += 1;
    EXPECT_EQ(keys_of(sets.current(kUrl)), 2U);
    EXPECT_EQ(asked_, 2);
}

TEST_F(KeySetsTest, TheAgeThatAServerSaysIsBounded) {
    const KeySets sets(fetch(), clock_, log_, {});
    answers(set_of({"a"}), Seconds(0));
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    clock_.seconds += 44;
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    EXPECT_EQ(asked_, 1);
    answers(set_of({"a"}), Seconds(1'000'000));
    clock_.seconds += 16;
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    clock_.seconds += 3600;
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    EXPECT_EQ(asked_, 3);
}

TEST_F(KeySetsTest, TheLastGoodSetServesForADayWhileItsServerIsAway) {
    const KeySets sets(fetch(), clock_, log_, {});
    answers(set_of({"a"}));
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    for (const auto* broken :
         {"", "no JSON", "{}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}"}) {
        answers(broken);
        clock_.seconds += 3601;
        EXPECT_EQ(keys_of(sets.current(kUrl)), 1U) << broken;
    }
    is_away();
    clock_.seconds += 86400;
    const auto gone = sets.current(kUrl);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().hint, "away");
}

TEST_F(KeySetsTest, AfterAFailureThereIsAPause) {
    const KeySets sets(fetch(), clock_, log_, {});
    is_away();
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(sets.current(kUrl));
    EXPECT_EQ(asked_, 1);
    answers(set_of({"a"}));
    clock_.seconds += 9;
    EXPECT_FALSE(sets.current(kUrl));
    clock_.seconds += 1;
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    EXPECT_EQ(asked_, 2);
}

TEST_F(KeySetsTest, AnUnknownKeyIsLookedForOnceInAWhile) {
    const KeySets sets(fetch(), clock_, log_, {});
    answers(set_of({"a"}));
    const auto known = *sets.current(kUrl);
    answers(set_of({"a", "b"}));
    for (int i = 0; i < 100; ++i) EXPECT_EQ(sets.newer(kUrl, known), known);
    EXPECT_EQ(asked_, 1);
    clock_.seconds += 10;
    const auto newer = sets.newer(kUrl, known);
    EXPECT_EQ(newer->verification.keys.size(), 2U);
    EXPECT_EQ(sets.newer(kUrl, known), newer);
    EXPECT_EQ(asked_, 2);
    is_away();
    clock_.seconds += 10;
    EXPECT_EQ(sets.newer(kUrl, newer), newer);
}

TEST_F(KeySetsTest, ManyWhoAskAtOnceShareOneFlight) {
    const KeySets sets(fetch(), clock_, log_, {.waiting = 100});
    answers(set_of({"a"}));
    open_ = false;
    std::atomic<int> good = 0;
    {
        std::vector<std::jthread> askers;
        for (int i = 0; i < 20; ++i)
            askers.emplace_back([&] { good += sets.current(kUrl).has_value() ? 1 : 0; });
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        open_ = true;
    }
    EXPECT_EQ(good, 20);
    EXPECT_EQ(asked_, 1);
}

TEST_F(KeySetsTest, NobodyWaitsLongerThanItsPatience) {
    const KeySets sets(fetch(), clock_, log_, {.patience = std::chrono::milliseconds(20)});
    open_ = false;
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(sets.current(kUrl));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(20));
    open_ = true;
}

TEST_F(KeySetsTest, OnlySoManyWaitAtATime) {
    const KeySets sets(fetch(), clock_, log_,
                       {.patience = std::chrono::milliseconds(60'000), .waiting = 1});
    open_ = false;
    std::jthread first([&] { EXPECT_TRUE(sets.current(kUrl)); });
    while (asked_ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto second = sets.current(kUrl);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kOutboundBusy);
    EXPECT_NE(why_busy(second.error()).find("too many requests already wait"), std::string::npos);
    EXPECT_FALSE(sets.current("https://other.example/"));
    answers(set_of({"a"}));
    open_ = true;
}

TEST_F(KeySetsTest, WhoFindsNoPlaceToWaitIsToldWhyTheLastFetchFailedIfItDid) {
    const KeySets sets(fetch(), clock_, log_,
                       {.patience = std::chrono::milliseconds(60'000), .waiting = 1});
    is_away();
    EXPECT_FALSE(sets.current(kUrl));
    clock_.seconds += 10;
    open_ = false;
    std::jthread first([&] { EXPECT_FALSE(sets.current(kUrl)); });
    while (asked_ == 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto second = sets.current(kUrl);
    open_ = true;
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().hint, "away");
    EXPECT_EQ(why_busy(second.error()), "");
}

TEST_F(KeySetsTest, ASetInUseIsFetchedAgainBeforeItsTimeIsUpAndNobodyWaits) {
    const KeySets sets(fetch(), clock_, log_, {.patience = std::chrono::milliseconds(60'000)});
    answers(set_of({"a"}), Seconds(400));
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    answers(set_of({"a", "b"}), Seconds(400));
    clock_.seconds += 299;
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    EXPECT_EQ(asked_, 1);
    open_ = false;
    clock_.seconds += 1;
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    while (asked_ == 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    open_ = true;
    while (keys_of(sets.current(kUrl)) != 2)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(asked_, 2);
}

// Two fetchers, one of whom is for what failed before.
TEST_F(KeySetsTest, ServersThatDoNotAnswerKeepNobodyFromTheOthers) {
    std::atomic<bool> silent = true;
    std::atomic<int> good = 0;
    const KeySets sets(
        [&](const std::string& url) -> Result<outbound::Answer> {
            const bool is_bad = url.contains("bad");
            while (is_bad && clock_.seconds > 1'700'000'005 && silent)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            if (is_bad) return fail(ErrorCode::kOutboundFailed, "no answer");
            return outbound::Answer{
                .status = 200, .content_type = {}, .max_age = {}, .body = set_of({"a"})};
        },
        clock_, log_,
        {.patience = std::chrono::milliseconds(10'000),
         .waiting = 4,
         .threads = 2,
         .patient_threads = 1});
    for (int i = 0; i < 6; ++i) EXPECT_FALSE(sets.current("https://bad/" + std::to_string(i)));
    clock_.seconds += 20;
    std::vector<std::jthread> askers;
    for (int i = 0; i < 6; ++i)
        askers.emplace_back(
            [&, i] { EXPECT_FALSE(sets.current("https://bad/" + std::to_string(i))); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (int i = 0; i < 6; ++i)
        good += sets.current("https://good/" + std::to_string(i)).has_value() ? 1 : 0;
    EXPECT_EQ(good, 6);
    silent = false;
}

TEST_F(KeySetsTest, ASetOfWhichNothingServesTakesNothingAway) {
    const KeySets sets(fetch(), clock_, log_, {});
    answers(set_of({"a"}));
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
    answers(set_of({"a", "a"}));  // which of the two is meant, nobody can tell
    clock_.seconds += 3601;
    EXPECT_EQ(keys_of(sets.current(kUrl)), 1U);
}

TEST_F(KeySetsTest, TheUrlThatWasNotUsedForLongestMakesRoom) {
    const KeySets sets(fetch(), clock_, log_, {.documents = 2});
    answers(set_of({"a"}));
    for (const auto* url : {"https://a/", "https://b/", "https://a/", "https://c/", "https://a/"}) {
        clock_.seconds += 1;
        EXPECT_TRUE(sets.current(url));
    }
    EXPECT_EQ(asked_, 3);
    EXPECT_TRUE(sets.current("https://b/"));
    EXPECT_EQ(asked_, 4);
}

TEST_F(KeySetsTest, AClientIsEncryptedToWithTheKeyForThat) {
    const KeySets sets(fetch(), clock_, log_, {});
    const ClientKeys keys(&sets);
    Client client;
    client.client_id = ClientId("c");
    const auto& agree = *jose::find_key_management("ECDH-ES");
    const auto none = keys.encryption_key(client, agree);
    EXPECT_EQ(none.error().code, ErrorCode::kEncryptionKeyMissing);
    client.jwks_url = kUrl;
    is_away();
    EXPECT_EQ(keys.encryption_key(client, agree).error().code,
              ErrorCode::kEncryptionKeysUnavailable);
    answers(set_of({"s"}));
    clock_.seconds += 10;
    EXPECT_EQ(keys.encryption_key(client, agree).error().code, ErrorCode::kEncryptionKeyMissing);
    answers(set_of({"e"}, "enc"));
    clock_.seconds += 10;
    EXPECT_EQ(keys.encryption_key(client, agree)->kid, "e");
    EXPECT_EQ(keys.encryption_key(client, *jose::find_key_management("RSA-OAEP")).error().code,
              ErrorCode::kEncryptionKeyMissing);
    client.jwks = set_of({"inline"}, "enc");
    EXPECT_EQ(keys.encryption_key(client, agree)->kid, "inline");
}

}  // namespace
}  // namespace cambist::trust
