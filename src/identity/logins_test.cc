// SPDX-License-Identifier: Apache-2.0
#include "identity/logins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "store_memory/memory_store.h"

namespace cambist::identity {
namespace {

using std::chrono::milliseconds;

class FixedClock final : public Clock {
  public:
    TimePoint now() const override { return time; }
    TimePoint time = from_unix(1'800'000'000);
};

constexpr crypto::PasswordSettings kCheap{.memory_kib = 8192, .iterations = 1};

class LoginsTest : public testing::Test {
  protected:
    LoginsTest() {
        realm_.name = RealmName("demo");
        realm_.index();
        alice_.id = UserId("u1");
        alice_.username = "alice";
        auto credential = make_credential(Secret("secret"), kCheap, clock_, random_);
        EXPECT_TRUE(credential);
        alice_.credentials = {*credential};
        put();
    }
    void put() {
        ASSERT_TRUE(store_.users().put("demo", {alice_}));
        identities_.invalidate(realm_.name, alice_.id);
    }
    ErrorCode code(std::string_view login, std::string_view password) {
        const auto result = logins_.check_password(realm_, 1, login, Secret(password), "192.0.2.1");
        return result ? ErrorCode::kInternal : result.error().code;
    }
    bool passes(std::string_view password = "secret") {
        return logins_.check_password(realm_, 1, "alice", Secret(password), "192.0.2.1")
            .has_value();
    }
    void fail_times(int times, milliseconds apart = milliseconds(5000)) {
        for (int i = 0; i < times; ++i) {
            clock_.time += apart;
            ASSERT_EQ(code("alice", "wrong"), ErrorCode::kUserCredentialsWrong) << i;
        }
    }

    FixedClock clock_;
    SystemRandom random_;
    Log log_{clock_, 2, LogLevel::kError};
    store_memory::MemoryStore store_;
    Identities identities_{store_.users()};
    Logins logins_{{store_.users(), store_.login_failures(), identities_, clock_, random_, log_},
                   {.password = kCheap}};
    Realm realm_;
    User alice_;
};

TEST_F(LoginsTest, AcceptsTheRightPassword) {
    const auto identity = logins_.check_password(realm_, 1, "Alice", Secret("secret"), "");
    ASSERT_TRUE(identity);
    EXPECT_EQ((*identity)->user->id, alice_.id);
}

TEST_F(LoginsTest, NamesTheCauseToUs) {
    EXPECT_EQ(code("alice", "wrong"), ErrorCode::kUserCredentialsWrong);
    EXPECT_EQ(code("alice", ""), ErrorCode::kUserCredentialsWrong);
    EXPECT_EQ(code("nobody", "secret"), ErrorCode::kUserUnknown);
    alice_.enabled = false;
    put();
    EXPECT_EQ(code("alice", "secret"), ErrorCode::kUserDisabled);
}

// The least of several runs, so that a busy machine does not decide; the factor is generous, as the
// difference without the dummy hash would be a thousandfold.
TEST_F(LoginsTest, AnUnknownUserCostsAsMuchAsAKnownOne) {
    const auto least = [&](std::string_view login) {
        auto best = std::chrono::nanoseconds::max();
        for (int i = 0; i < 5; ++i) {
            const auto start = std::chrono::steady_clock::now();
            code(login, "wrong");
            best =
                std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
        }
        return best;
    };
    const auto known = least("alice");
    const auto unknown = least("nobody");
    EXPECT_LT(known, unknown * 3);
    EXPECT_LT(unknown, known * 3);
}

TEST_F(LoginsTest, AnUnknownUserCostsAsMuchAsOneWithAnImportedHash) {
    constexpr std::uint32_t kSlow = 1'000'000;  // far beyond what kCheap costs
    alice_.credentials.front().secret_data = crypto::to_text({.algorithm = "pbkdf2-sha512",
                                                              .salt = std::string(16, 's'),
                                                              .value = std::string(64, 'v'),
                                                              .iterations = kSlow,
                                                              .memory_kib = 0,
                                                              .parallelism = 1,
                                                              .hash_length = 64});
    put();
    const auto spent = [&](std::string_view login) {
        const auto start = std::chrono::steady_clock::now();
        code(login, "wrong");
        return std::chrono::steady_clock::now() - start;
    };
    const auto known = std::min(spent("alice"), spent("alice"));
    const auto unknown = std::min(spent("nobody"), spent("Nobody"));
    EXPECT_LT(known, unknown * 3);
    EXPECT_LT(unknown, known * 3);
}

TEST_F(LoginsTest, NeverTakesAUserWithoutAPassword) {
    alice_.credentials.clear();
    put();
    EXPECT_EQ(code("alice", ""), ErrorCode::kUserCredentialsWrong);
}

TEST_F(LoginsTest, AServiceAccountCanNotLogIn) {
    alice_.service_account_of = ClientId("robot");
    put();
    EXPECT_EQ(code("alice", "secret"), ErrorCode::kUserCredentialsWrong);
}

TEST_F(LoginsTest, RefusesAPasswordAloneWhereAOneTimePasswordIsSet) {
    alice_.credentials.push_back({.id = "c9",
                                  .type = "otp",
                                  .secret_data = R"({"value":"x"})",
                                  .credential_data = R"({"digits":6})",
                                  .created_ms = 0,
                                  .temporary = false,
                                  .kept = {}});
    put();
    EXPECT_EQ(code("alice", "wrong"), ErrorCode::kUserCredentialsWrong);
    EXPECT_EQ(code("alice", "secret"), ErrorCode::kUserSecondFactor);
}

TEST_F(LoginsTest, AsksForPendingActionsOnlyAfterTheRightPassword) {
    alice_.required_actions = {"UPDATE_PASSWORD"};
    put();
    EXPECT_EQ(code("alice", "wrong"), ErrorCode::kUserCredentialsWrong);
    EXPECT_EQ(code("alice", "secret"), ErrorCode::kUserNotSetUp);
    alice_.required_actions.clear();
    alice_.credentials.front().temporary = true;
    put();
    EXPECT_EQ(code("alice", "secret"), ErrorCode::kUserNotSetUp);
}

TEST_F(LoginsTest, ReplacesAWeakerHashAfterSuccessOnly) {
    const auto weak =
        crypto::hash_password("secret", {.memory_kib = 1024, .iterations = 1}, random_);
    ASSERT_TRUE(weak);
    alice_.credentials.front().secret_data = crypto::to_text(*weak);
    put();
    EXPECT_FALSE(passes("wrong"));
    EXPECT_EQ(store_.users().find("demo", alice_.id).value()->credentials.front().secret_data,
              crypto::to_text(*weak));
    EXPECT_TRUE(passes());
    const auto stored = store_.users().find("demo", alice_.id).value()->credentials.front();
    const auto fresh = crypto::parse_password_hash(stored.secret_data);
    ASSERT_TRUE(fresh);
    EXPECT_EQ(fresh->memory_kib, kCheap.memory_kib);
    EXPECT_TRUE(passes());
}

TEST_F(LoginsTest, AnUnusableHashIsAWrongPassword) {
    alice_.credentials.front().secret_data = "plain";
    put();
    EXPECT_EQ(code("alice", "plain"), ErrorCode::kUserCredentialsWrong);
}

TEST_F(LoginsTest, LocksAtTheFactorAndUnlocksWithTime) {
    realm_.brute_force = {.enabled = true, .failure_factor = 3, .wait_increment_seconds = 60};
    fail_times(3);
    EXPECT_EQ(code("alice", "secret"), ErrorCode::kUserLocked);
    clock_.time += std::chrono::seconds(59);
    EXPECT_EQ(code("alice", "secret"), ErrorCode::kUserLocked);
    clock_.time += std::chrono::seconds(1);
    EXPECT_TRUE(passes());
    EXPECT_EQ(store_.login_failures().get("demo", alice_.id).value().count, 0);
}

TEST_F(LoginsTest, WhoIsLockedIsSoWithoutAPasswordToo) {
    realm_.brute_force = {.enabled = true, .failure_factor = 3, .wait_increment_seconds = 60};
    const Identity alice{std::make_shared<const User>(alice_), {}, {}, {}};
    const auto open = [&](std::int64_t later) {
        return logins_.check_unlocked(realm_, alice, clock_.now() + Seconds(later));
    };
    EXPECT_TRUE(open(0));
    fail_times(3);
    EXPECT_EQ(open(59).error().code, ErrorCode::kUserLocked);
    EXPECT_TRUE(open(60));
    realm_.brute_force.enabled = false;
    EXPECT_TRUE(open(0));
}

TEST_F(LoginsTest, TriesWhileLockedDoNotProlongTheLock) {
    realm_.brute_force = {.enabled = true, .failure_factor = 2, .wait_increment_seconds = 60};
    fail_times(2);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(code("alice", "wrong"), ErrorCode::kUserLocked);
    clock_.time += std::chrono::seconds(60);
    EXPECT_TRUE(passes());
}

TEST_F(LoginsTest, CountsNothingWhileProtectionIsOff) {
    fail_times(5);
    EXPECT_TRUE(passes());
    EXPECT_EQ(store_.login_failures().get("demo", alice_.id).value().count, 0);
}

TEST(CountFailure, WaitsLongerWithEveryMultipleUpToTheMost) {
    const BruteForce settings{.enabled = true,
                              .failure_factor = 2,
                              .wait_increment_seconds = 60,
                              .max_failure_wait_seconds = 150};
    store::LoginFailures failures;
    std::int64_t now_ms = 1'000'000'000;
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 8; ++i) {
        now_ms += 200'000;
        count_failure(settings, now_ms, failures);
        waits.push_back(std::max<std::int64_t>(0, failures.locked_until - now_ms / 1000));
    }
    EXPECT_EQ(waits, (std::vector<std::int64_t>{0, 60, 60, 120, 120, 150, 150, 150}));
}

TEST(CountFailure, QuickTriesLookLikeAMachine) {
    const BruteForce settings{.enabled = true};
    store::LoginFailures failures;
    count_failure(settings, 1'000'000, failures);
    EXPECT_EQ(failures.locked_until, 0);
    count_failure(settings, 1'000'999, failures);
    EXPECT_EQ(failures.locked_until, 1000 + 60);
}

TEST(CountFailure, QuickLoginCheckItselfIsNotQuick) {
    const BruteForce settings{.enabled = true};
    store::LoginFailures failures;
    count_failure(settings, 1'000'000, failures);
    count_failure(settings, 1'001'000, failures);
    EXPECT_EQ(failures.locked_until, 0);
}

TEST(CountFailure, ForgetsFailuresAfterTheDelta) {
    const BruteForce settings{.enabled = true, .failure_factor = 3, .max_delta_seconds = 100};
    store::LoginFailures failures;
    count_failure(settings, 1'000'000, failures);
    count_failure(settings, 1'010'000, failures);
    count_failure(settings, 1'110'001, failures);
    EXPECT_EQ(failures.count, 1);
    EXPECT_EQ(failures.locked_until, 0);
}

TEST(CountFailure, PermanentLockOutStaysLocked) {
    const BruteForce settings{.enabled = true, .permanent = true, .failure_factor = 2};
    store::LoginFailures failures;
    count_failure(settings, 1'000'000, failures);
    count_failure(settings, 1'010'000, failures);
    EXPECT_TRUE(is_locked(failures, from_unix(9'000'000'000)));
}

TEST(HashGate, RefusesBeyondItsQueueAndAfterTheWait) {
    const HashGate gate(1, 1, milliseconds(50));
    auto first = gate.enter();
    ASSERT_TRUE(first);
    std::jthread waiter([&] { EXPECT_FALSE(gate.enter()); });  // waits, in vain
    const auto start = std::chrono::steady_clock::now();
    while (gate.waiting() == 0 && std::chrono::steady_clock::now() - start < milliseconds(2000))
        std::this_thread::yield();
    const auto third = gate.enter();
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, ErrorCode::kOverloaded);
}

TEST(HashGate, LetsOneInWhenOneLeaves) {
    const HashGate gate(1, 1, milliseconds(5000));
    {
        ASSERT_TRUE(gate.enter());
    }
    auto first = gate.enter();
    ASSERT_TRUE(first);
    std::jthread waiter([&] { EXPECT_TRUE(gate.enter()); });
    {
        const auto leaving = std::move(*first);
    }
}

}  // namespace
}  // namespace cambist::identity
