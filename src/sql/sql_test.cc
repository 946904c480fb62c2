// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "sql/connection.h"
#include "sql/transaction.h"

namespace cambist::sql {
namespace {

class Sql : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "cambist_sql_XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        auto opened = Connection::open(path(), Access::kReadWrite);
        ASSERT_TRUE(opened) << opened.error().describe();
        connection_ = std::make_unique<Connection>(std::move(*opened));
        ASSERT_TRUE(
            connection_->execute("PRAGMA journal_mode=WAL; CREATE TABLE t(a INTEGER PRIMARY KEY, b "
                                 "TEXT UNIQUE, c BLOB);"));
    }
    void TearDown() override {
        connection_.reset();
        std::filesystem::remove_all(folder_);
    }
    std::string path() const { return folder_ + "/test.db"; }
    Status insert(std::int64_t a, std::string_view b, std::string_view c = {}) {
        CAMBIST_TRY(auto statement, connection_->prepare("INSERT INTO t VALUES(?,?,?)"));
        return statement.bind(1, a).bind(2, b).bind_blob(3, c).run();
    }
    std::int64_t count() { return *connection_->query_int64("SELECT count(*) FROM t"); }

    std::string folder_;
    std::unique_ptr<Connection> connection_;
};

TEST_F(Sql, GivesBackWhatWasBound) {
    const std::string text("a\0b\xc3\xa9", 5);
    const std::string bytes("\x00\xff\x01", 3);
    ASSERT_TRUE(insert(-9223372036854775807 - 1, text, bytes));
    auto row = connection_->prepare("SELECT a,b,c FROM t");
    ASSERT_TRUE(row);
    ASSERT_TRUE(*row->step());
    EXPECT_EQ(row->int64(0), -9223372036854775807 - 1);
    EXPECT_EQ(row->text(1), text);
    EXPECT_EQ(row->blob(2), bytes);
    EXPECT_FALSE(*row->step());
}

TEST_F(Sql, EmptyTextIsNotNull) {
    ASSERT_TRUE(insert(1, std::string_view()));
    EXPECT_EQ(*connection_->query_int64("SELECT count(*) FROM t WHERE b IS NOT NULL"), 1);
}

TEST_F(Sql, AStatementCanBeUsedAgainAfterItsLoan) {
    for (std::int64_t i = 0; i < 3; ++i) ASSERT_TRUE(insert(i, std::to_string(i)));
    EXPECT_EQ(count(), 3);
    EXPECT_EQ(count(), 3);
}

TEST_F(Sql, ABrokenConstraintIsAConflict) {
    ASSERT_TRUE(insert(1, "same"));
    const auto second = insert(2, "same");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_NE(second.error().detail.find("UNIQUE"), std::string::npos);
}

TEST_F(Sql, AWrongStatementSaysWhy) {
    const auto wrong = connection_->prepare("SELEC 1");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, ErrorCode::kStoreUnavailable);
    EXPECT_NE(wrong.error().detail.find("syntax error"), std::string::npos);
}

TEST_F(Sql, AFileThatIsNoDatabaseIsRefused) {
    const std::string other = folder_ + "/other";
    {
        std::ofstream(other) << std::string(4096, 'x');
    }
    auto opened = Connection::open(other, Access::kReadWrite);
    ASSERT_TRUE(opened);  // SQLite looks at the file when it first reads
    const auto read = opened->query_int64("SELECT count(*) FROM sqlite_schema");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().hint, "the file is no database of cambist");
}

TEST_F(Sql, AMissingFolderIsRefused) {
    const auto opened = Connection::open(folder_ + "/no/such/folder.db", Access::kReadWrite);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kStoreUnavailable);
}

TEST_F(Sql, ATransactionIsRolledBackUnlessCommitted) {
    {
        auto transaction = Transaction::begin(*connection_);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(insert(1, "lost"));
    }
    EXPECT_EQ(count(), 0);
    auto transaction = Transaction::begin(*connection_);
    ASSERT_TRUE(insert(1, "kept"));
    ASSERT_TRUE(transaction->commit());
    EXPECT_EQ(count(), 1);
    EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(Sql, ASavepointIsUndoneAlone) {
    auto transaction = Transaction::begin(*connection_);
    ASSERT_TRUE(insert(1, "before"));
    {
        auto savepoint = Savepoint::begin(*connection_);
        ASSERT_TRUE(insert(2, "undone"));
    }
    auto savepoint = Savepoint::begin(*connection_);
    ASSERT_TRUE(insert(3, "released"));
    ASSERT_TRUE(savepoint->release());
    ASSERT_TRUE(transaction->commit());
    EXPECT_EQ(*connection_->query_int64("SELECT sum(a) FROM t"), 4);
}

TEST_F(Sql, AReadOnlyConnectionReadsAndDoesNotWrite) {
    ASSERT_TRUE(insert(1, "x"));
    auto reader = Connection::open(path(), Access::kReadOnly);
    ASSERT_TRUE(reader);
    EXPECT_EQ(*reader->query_int64("SELECT count(*) FROM t"), 1);
    const auto written = reader->execute("DELETE FROM t");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().hint, "the database can only be read here");
}

TEST_F(Sql, TheLogGrowsByCommitsAndShrinksByCheckpoints) {
    connection_->watch_log();
    ASSERT_TRUE(insert(1, "x"));
    EXPECT_GT(connection_->log_pages(), 0);
    const auto restarted = connection_->checkpoint(CheckpointKind::kRestart);
    ASSERT_TRUE(restarted);
    EXPECT_TRUE(restarted->done);
    EXPECT_EQ(restarted->pages, restarted->pages_moved);
    ASSERT_TRUE(insert(2, "y"));
    EXPECT_LT(connection_->log_pages(), 4);
}

TEST_F(Sql, ACopyHoldsEverything) {
    ASSERT_TRUE(insert(1, "x"));
    ASSERT_TRUE(connection_->copy_to(folder_ + "/copy.db"));
    auto copy = Connection::open(folder_ + "/copy.db", Access::kReadOnly);
    ASSERT_TRUE(copy);
    EXPECT_EQ(*copy->query_int64("SELECT count(*) FROM t"), 1);
}

}  // namespace
}  // namespace cambist::sql
