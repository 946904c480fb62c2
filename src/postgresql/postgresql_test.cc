// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/files.h"
#include "postgresql/pool.h"

namespace cambist::postgresql {
namespace {

using std::chrono::milliseconds;

Url parsed(const std::string& text) {
    auto url = Url::parse(text);
    EXPECT_TRUE(url) << text;
    return *std::move(url);
}

struct UrlCase {
    const char* name;
    const char* text;
};

class WrongUrl : public testing::TestWithParam<UrlCase> {};

TEST_P(WrongUrl, IsRefusedWithoutRepeatingAnyOfIt) {
    const auto url = Url::parse(GetParam().text);
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().code, ErrorCode::kConfigInvalid);
    EXPECT_FALSE(url.error().describe().contains("hunter"));
    EXPECT_FALSE(url.error().describe().contains("dragon"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongUrl,
    testing::Values(UrlCase{"AnotherScheme", "mysql://u:hunter@host/db"},
                    UrlCase{"AtInThePassword", "postgresql://u:hunter@dragon@host/db"},
                    UrlCase{"SlashInThePassword", "postgresql://u:hunter/dragon@host/db"},
                    UrlCase{"QuestionMarkInThePassword", "postgresql://u:hunter?dragon@host/db"},
                    UrlCase{"HashInThePassword", "postgresql://u:hunter#dragon@host/db"},
                    UrlCase{"PercentInThePassword", "postgresql://u:hunter%zzdragon@host/db"},
                    UrlCase{"SpaceInThePassword", "postgresql://u:hunter dragon@host/db"},
                    UrlCase{"PasswordAsPort", "postgresql://u:hunter/db"},
                    UrlCase{"UnknownParameter", "postgresql://u@host/db?hunter=dragon"},
                    UrlCase{"LineEnd", "postgresql://u:hunter@host/db\n"}),
    [](const auto& made) { return made.param.name; });

TEST(Url, ShowsWhereTheDatabaseIsAndNoSecret) {
    EXPECT_EQ(parsed("postgresql://app:hunter%402@db.example:5433/sts?sslmode=verify-full").shown(),
              "postgresql://app@db.example:5433/sts");
    EXPECT_EQ(parsed("postgresql://app@/sts?host=%2Frun%2Fpg&password=hunter").shown(),
              "postgresql://app@/run/pg/sts");
    EXPECT_TRUE(is_url("postgres://host/db"));
    EXPECT_FALSE(is_url("sqlite:postgresql://host/db"));
}

TEST(StoredText, ComesBackWhateverItHoldsAndNoTwoAreOne) {
    const std::string texts[] = {"",         "alice",      "Zo\xc3\xab", std::string("a\0b", 3),
                                 "\xff\xfe", "\x01hex:61", "\x01hex:",   "a\x01hex:"};
    std::vector<std::string> stored;
    for (const auto& text : texts) {
        EXPECT_EQ(from_stored(to_stored(text)), text);
        for (const auto& other : stored) EXPECT_NE(to_stored(text), other);
        stored.push_back(to_stored(text));
    }
    EXPECT_EQ(to_stored("Zo\xc3\xab"), "Zo\xc3\xab");
}

class Postgresql : public testing::Test {
  protected:
    void SetUp() override {
        const auto text = environment("CAMBIST_TEST_POSTGRESQL");
        // Without a server no test could fail: ctest, or tests/support/postgresql.py, starts one.
        ASSERT_TRUE(text.has_value());
        url_ = std::make_unique<Url>(parsed(*text));
        connection_ = std::make_unique<Connection>(must_open());
        ASSERT_TRUE(
            connection_->run_script("DROP TABLE IF EXISTS t; CREATE TABLE t(a bigint PRIMARY KEY, "
                                    "b text UNIQUE, c bytea)"));
    }
    Result<Connection> open(const Timeouts& timeouts = {}) const {
        return Connection::open(*url_, timeouts);
    }
    Connection must_open() const {
        auto opened = open();
        EXPECT_TRUE(opened) << opened.error().describe();
        return *std::move(opened);
    }
    Pool make_pool(const PoolSettings& settings = {}) const {
        return Pool(settings, [this] { return open(); });
    }
    static Query insert(std::int64_t a, std::string_view b) {
        return Query("INSERT INTO t VALUES($1,$2,'')").number(a).text(b);
    }
    std::int64_t count() { return connection_->run(Query("SELECT count(*) FROM t"))->int64(0, 0); }
    // What the server knows a connection by.
    static std::int64_t backend(Connection& connection) {
        return connection.run(Query("SELECT pg_backend_pid()"))->int64(0, 0);
    }
    void end(std::int64_t backend) {
        ASSERT_TRUE(connection_->run(
            Query("SELECT pg_terminate_backend($1::bigint::integer)").number(backend)));
    }

    std::unique_ptr<Url> url_;
    std::unique_ptr<Connection> connection_;
};

TEST_F(Postgresql, GivesBackWhatWasBound) {
    const std::string text("a\0b\xc3\xa9", 5);
    const std::string bytes("\x00\xff\x01", 3);
    ASSERT_TRUE(connection_->execute(Query("INSERT INTO t VALUES($1,$2,$3)")
                                         .number(-9223372036854775807 - 1)
                                         .text(text)
                                         .bytes(bytes)));
    const auto rows = connection_->run(Query("SELECT a,b,c,NULL::text,a<0 FROM t"));
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->int64(0, 0), -9223372036854775807 - 1);
    EXPECT_EQ(rows->text(0, 1), text);
    EXPECT_EQ(rows->bytes(0, 2), bytes);
    EXPECT_EQ(rows->text(0, 3), "");
    EXPECT_EQ(rows->int64(0, 4), 1);
}

TEST_F(Postgresql, ArraysBecomeRows) {
    const auto many = [&](const std::vector<std::int64_t>& numbers,
                          const std::vector<std::string>& texts) {
        return connection_->run(Query("INSERT INTO t SELECT * FROM unnest($1,$2,$3)")
                                    .numbers(numbers)
                                    .texts(texts)
                                    .byte_strings(texts));
    };
    EXPECT_EQ(many({}, {})->changed(), 0);
    EXPECT_EQ(many({3, -1}, {"", "\xc3\xa9"})->changed(), 2);
    const auto rows = connection_->run(Query("SELECT a,b,c FROM t ORDER BY a"));
    EXPECT_EQ(rows->int64(0, 0), -1);
    EXPECT_EQ(rows->text(0, 1), "\xc3\xa9");
    EXPECT_EQ(rows->bytes(0, 2), "\xc3\xa9");
    EXPECT_EQ(rows->text(1, 1), "");
}

TEST_F(Postgresql, ABrokenConstraintIsAConflictThatDoesNotQuoteTheRow) {
    ASSERT_TRUE(connection_->run(insert(1, "confidential")));
    const auto second = connection_->run(insert(2, "confidential"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_TRUE(second.error().detail.contains("unique"));
    EXPECT_FALSE(second.error().describe().contains("confidential"));
    EXPECT_EQ(connection_->sql_state(), "23505");
    EXPECT_EQ(count(), 1);
}

TEST_F(Postgresql, AWrongStatementSaysWhyAndTheConnectionGoesOn) {
    const auto wrong = connection_->run(Query("SELEC 1"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::kStoreUnavailable);
    EXPECT_TRUE(wrong.error().detail.contains("syntax error"));
    EXPECT_FALSE(connection_->run_script("SELECT 1; SELEC 2"));
    EXPECT_EQ(count(), 0);
}

TEST_F(Postgresql, OfManyStatementsThoseAfterAFailureAreNotRun) {
    const std::vector<Query> queries{insert(1, "x"), insert(2, "x"), insert(3, "y"),
                                     Query("SELECT 1::bigint")};
    const auto outcome = connection_->run_all(queries);
    EXPECT_FALSE(outcome.status);
    EXPECT_EQ(outcome.rows.size(), 1U);
    EXPECT_EQ(count(), 0) << "outside of a transaction they are one";
    const auto again = connection_->run_all(std::span(queries).last(2));
    ASSERT_TRUE(again.status) << "what could not be prepared then can be now";
    EXPECT_EQ(again.rows[1].int64(0, 0), 1);
}

TEST_F(Postgresql, ManyStatementsBeyondEveryBufferAreOneRoundTrip) {
    const std::string large(20'000, 'x');
    std::vector<Query> queries;
    for (int i = 0; i < 500; ++i) queries.push_back(Query("SELECT $1::text").text(large));
    const auto outcome = connection_->run_all(queries);
    ASSERT_TRUE(outcome.status) << outcome.status.error().describe();
    EXPECT_EQ(outcome.rows.back().text(0, 0), large);
}

TEST_F(Postgresql, AnAnswerThatDoesNotComeEndsTheConnection) {
    auto opened = open({.connect = std::chrono::seconds(5), .answer = std::chrono::seconds(1)});
    ASSERT_TRUE(opened);
    const auto late = opened->run(Query("SELECT pg_sleep(30)"));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::kStoreUnavailable);
    EXPECT_TRUE(opened->is_broken());
    EXPECT_FALSE(opened->run(Query("SELECT 1")));
    EXPECT_FALSE(opened->run_script("SELECT 1"));
}

TEST_F(Postgresql, NobodyThereIsAnErrorThatSaysWhere) {
    const auto url = parsed("postgresql://app:hunter@127.0.0.1:1/db");
    const auto opened = Connection::open(url, {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kStoreUnavailable);
    EXPECT_TRUE(opened.error().detail.contains("postgresql://app@127.0.0.1:1/db"));
    EXPECT_FALSE(opened.error().describe().contains("hunter"));
}

TEST_F(Postgresql, AnIdleConnectionThatDiedIsReplacedForAReader) {
    const auto pool = make_pool();
    const auto first = pool.read(Query("SELECT pg_backend_pid()"));
    ASSERT_TRUE(first);
    end(first->int64(0, 0));
    const auto second = pool.read(Query("SELECT pg_backend_pid()"));
    ASSERT_TRUE(second) << second.error().describe();
    EXPECT_NE(second->int64(0, 0), first->int64(0, 0));
}

TEST_F(Postgresql, AnIdleConnectionThatDiedIsReplacedForAWriter) {
    const auto pool = make_pool();
    std::int64_t first = 0;
    ASSERT_TRUE(pool.transact([&](Connection& connection) -> Status {
        first = backend(connection);
        return {};
    }));
    end(first);
    ASSERT_TRUE(
        pool.transact([](Connection& connection) { return connection.execute(insert(1, "x")); }));
    EXPECT_EQ(count(), 1);
}

TEST_F(Postgresql, AFailedTransactionLeavesNothingAndItsConnectionIsUsedAgain) {
    const auto pool = make_pool({.most = 1});
    EXPECT_FALSE(pool.transact([](Connection& connection) -> Status {
        CAMBIST_CHECK(connection.execute(insert(1, "x")));
        return fail(ErrorCode::kNotFound);
    }));
    EXPECT_EQ(count(), 0);
    ASSERT_TRUE(
        pool.transact([](Connection& connection) { return connection.execute(insert(2, "y")); }));
    EXPECT_EQ(count(), 1);
}

// Each holds what the other wants next; PostgreSQL ends one of the two.
TEST_F(Postgresql, TransactionsThatLockEachOtherOutAreTriedAgain) {
    ASSERT_TRUE(connection_->run(insert(1, "x")));
    ASSERT_TRUE(connection_->run(insert(2, "y")));
    const auto pool = make_pool();
    std::atomic<int> holders = 0;
    std::atomic<int> runs = 0;
    const auto touch = [](Connection& connection, int a) {
        return connection.execute(Query("UPDATE t SET c=c||'x' WHERE a=$1").number(a));
    };
    const auto cross = [&](int first, int second) {
        EXPECT_TRUE(pool.transact([&](Connection& connection) -> Status {
            ++runs;
            CAMBIST_CHECK(touch(connection, first));
            ++holders;
            while (holders < 2) std::this_thread::yield();
            return touch(connection, second);
        }));
    };
    {
        const std::jthread other([&] { cross(1, 2); });
        cross(2, 1);
    }
    EXPECT_EQ(runs, 3);
    EXPECT_EQ(connection_->run(Query("SELECT sum(length(c))::bigint FROM t"))->int64(0, 0), 4);
}

TEST_F(Postgresql, WhoFindsEveryConnectionOnLoanWaitsABoundedTime) {
    const auto pool = make_pool({.most = 1, .patience = milliseconds(50)});
    {
        const auto lease = pool.borrow();
        ASSERT_TRUE(lease);
        const auto second = pool.borrow();
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, ErrorCode::kOverloaded);
    }
    EXPECT_TRUE(pool.borrow());
}

TEST_F(Postgresql, AfterAFailureNobodyTriesToConnectForAWhile) {
    std::atomic<int> attempts = 0;
    std::atomic<bool> is_down = true;
    const Pool pool({.most = 4, .patience = milliseconds(50), .pause = milliseconds(200)},
                    [&]() -> Result<Connection> {
                        ++attempts;
                        if (is_down) return fail(ErrorCode::kStoreUnavailable, "down");
                        return open();
                    });
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(pool.borrow().error().code, ErrorCode::kStoreUnavailable);
    EXPECT_LE(attempts, 2);
    is_down = false;
    std::this_thread::sleep_for(milliseconds(250));
    EXPECT_TRUE(pool.borrow());
}

}  // namespace
}  // namespace cambist::postgresql
