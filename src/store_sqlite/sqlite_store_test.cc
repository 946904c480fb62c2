// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/sqlite_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sql/connection.h"
#include "store/chain.h"
#include "store/conformance/conformance.h"
#include "store_sqlite/migrate.h"
#include "store_sqlite/test_place.h"

namespace cambist::store {
namespace {

using store_sqlite::Mode;
using store_sqlite::Place;
using store_sqlite::SqliteStore;

class InFile final : public Backend {
  public:
    InFile() { reopen(); }
    Store& store() override { return *store_; }
    bool reopen() override {
        store_.reset();
        auto opened = place_.open();
        EXPECT_TRUE(opened) << opened.error().describe();
        store_ = *std::move(opened);
        return true;
    }

  private:
    Place place_;
    std::unique_ptr<SqliteStore> store_;
};

std::unique_ptr<Backend> make_backend() { return std::make_unique<InFile>(); }
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(make_backend));

class SqliteFile : public testing::Test {
  protected:
    Place place_;
    std::unique_ptr<SqliteStore> must_open(Mode mode = Mode::kServe) {
        auto opened = place_.open(mode);
        EXPECT_TRUE(opened) << opened.error().describe();
        return *std::move(opened);
    }
    Error refusal(Mode mode = Mode::kServe) {
        auto opened = place_.open(mode);
        EXPECT_FALSE(opened);
        return opened ? Error{} : opened.error();
    }
    void change_file(const std::string& script) {
        auto connection = sql::Connection::open(place_.path(), sql::Access::kReadWrite);
        ASSERT_TRUE(connection);
        const auto done = connection->execute(script);
        ASSERT_TRUE(done) << done.error().describe();
    }
};

TEST_F(SqliteFile, CanBeReadByItsOwnerOnly) {
    std::ofstream(place_.path()).close();
    ASSERT_EQ(chmod(place_.path().c_str(), 0644), 0);
    const auto store = must_open();
    ASSERT_TRUE(store->commit({kRealm, {make_audit("T1")}}));
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
        struct stat file{};
        ASSERT_EQ(stat((place_.path() + suffix).c_str(), &file), 0) << suffix;
        EXPECT_EQ(file.st_mode & 0777U, 0600U) << suffix;
    }
}

TEST_F(SqliteFile, ASecondServerIsRefusedAndToldWhoServes) {
    const auto store = must_open();
    const auto refused = refusal();
    EXPECT_EQ(refused.code, ErrorCode::kStoreUnavailable);
    EXPECT_NE(refused.hint.find("process " + std::to_string(getpid())), std::string::npos);
}

TEST_F(SqliteFile, AReaderWorksBesideTheServerAndSeesWhatItWrites) {
    const auto store = must_open();
    auto reader = place_.open(Mode::kReadOnly);
    ASSERT_TRUE(reader) << reader.error().describe();
    ASSERT_TRUE(store->commit({kRealm, {make_audit("T1")}}));
    EXPECT_TRUE((*reader)->audit().find("T1")->has_value());
    EXPECT_EQ((*reader)->node(), store->node());
    EXPECT_TRUE((*reader)->ping());
}

TEST_F(SqliteFile, AReaderRefusesEveryWrite) {
    must_open();
    auto reader = place_.open(Mode::kReadOnly);
    ASSERT_TRUE(reader) << reader.error().describe();
    auto& store = **reader;
    EXPECT_EQ(store.commit({kRealm, {make_audit("T1")}}).error().code,
              ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(store.users().put(kRealm, {make_user("u1", "ann")}));
    EXPECT_FALSE(store.prune(1));
}

TEST_F(SqliteFile, AReaderDoesNotMakeAFile) {
    EXPECT_EQ(refusal(Mode::kReadOnly).code, ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(std::filesystem::exists(place_.path()));
}

TEST_F(SqliteFile, AWriterBesideTheServerReachesItAndAppendsToItsAuditChain) {
    const auto store = must_open();
    ASSERT_TRUE(store->commit({kRealm, {make_audit("T1")}}));
    const Revocation revocation{RevocationKind::kTree, "tree", 0, 0};
    auto opened = place_.open(Mode::kBeside);
    ASSERT_TRUE(opened) << opened.error().describe();
    auto& beside = **opened;
    ASSERT_TRUE(beside.commit({kRealm, {AddRevocation{revocation}}}));
    const auto entries = store->revocations().since(0, 1000);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 1U);
    EXPECT_EQ(entries->front().revocation.id, "tree");
    // Both go on: neither has the file for itself.
    ASSERT_TRUE(store->commit({kRealm, {AddRevocation{revocation}, make_audit("T3")}}));
    ASSERT_TRUE(beside.commit({kRealm, {AddRevocation{revocation}, make_audit("T4")}}));
    EXPECT_EQ(store->revocations().since(entries->front().number, 1000)->size(), 2U);
    ASSERT_TRUE(store->commit({kRealm, {make_audit("T5")}}));
    const auto rows = store->audit().tail(5);
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 4U);
    for (std::size_t i = 1; i < rows->size(); ++i) {
        EXPECT_EQ((*rows)[i].sequence, (*rows)[i - 1].sequence + 1);
        EXPECT_EQ((*rows)[i].previous, (*rows)[i - 1].hash);
    }
}

TEST_F(SqliteFile, AWriterBesideMakesNoFile) {
    EXPECT_EQ(refusal(Mode::kBeside).code, ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(std::filesystem::exists(place_.path()));
}

TEST_F(SqliteFile, ANewerSchemaIsRefused) {
    must_open();
    change_file("PRAGMA user_version=" +
                std::to_string(store_sqlite::migrations().back().number + 1));
    EXPECT_EQ(refusal().code, ErrorCode::kSchemaTooNew);
    EXPECT_EQ(refusal(Mode::kReadOnly).code, ErrorCode::kSchemaTooNew);
    EXPECT_EQ(refusal(Mode::kBeside).code, ErrorCode::kSchemaTooNew);
}

TEST_F(SqliteFile, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
    change_file("CREATE TABLE theirs(a)");
    EXPECT_EQ(refusal().code, ErrorCode::kStoreUnavailable);
    change_file("INSERT INTO theirs VALUES(1)");
}

TEST_F(SqliteFile, AFileThatIsNoDatabaseIsRefused) {
    std::ofstream(place_.path()) << std::string(8192, 'x');
    EXPECT_EQ(refusal().hint, "the file is no database of cambist");
}

TEST_F(SqliteFile, MigrationsAreNumberedFromOneWithoutGaps) {
    std::int64_t expected = 1;
    for (const auto& migration : store_sqlite::migrations())
        EXPECT_EQ(migration.number, expected++);
}

TEST_F(SqliteFile, AChangedEndOfTheAuditChainIsNoticedWhenOpened) {
    ASSERT_TRUE(must_open()->commit({kRealm, {make_audit("T1"), make_audit("T2")}}));
    change_file(
        "DROP TRIGGER audit_is_never_changed; UPDATE audit SET body=x'00' WHERE sequence=2");
    EXPECT_EQ(refusal().code, ErrorCode::kAuditBroken);
}

TEST_F(SqliteFile, AuditRowsCanNotBeChangedOrDeletedByMistake) {
    const auto store = must_open();
    ASSERT_TRUE(store->commit({kRealm, {make_audit("T1")}}));
    auto connection = sql::Connection::open(place_.path(), sql::Access::kReadWrite);
    EXPECT_FALSE(connection->execute("UPDATE audit SET body='{}'"));
    EXPECT_FALSE(connection->execute("DELETE FROM audit"));
}

TEST_F(SqliteFile, RealmsAndKeysAreWrittenBesideAProcessThatServes) {
    EXPECT_EQ(refusal(Mode::kBeside).code, ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(std::filesystem::exists(place_.path()));
    const auto server = must_open();
    ASSERT_TRUE(server->commit({kRealm, {make_audit("T1")}}));
    const auto beside = must_open(Mode::kBeside);
    ASSERT_TRUE(beside->keys().put(kRealm, make_key("k1")));
    ASSERT_TRUE(*beside->realms().apply(kRealm, {{"client", "web", "{}"}}, {}));
    EXPECT_EQ(server->keys().list(kRealm)->size(), 1U);
    EXPECT_EQ(*server->realms().version(kRealm), 1);
    ASSERT_TRUE(beside->commit({kRealm, {make_audit("T2")}}));
    ASSERT_TRUE(server->commit({kRealm, {make_audit("T3")}}));
    EXPECT_EQ(server->audit().tail(9)->size(), 3U);
}

TEST_F(SqliteFile, ABackupWhileRunningIsACompleteStore) {
    const auto store = must_open();
    ASSERT_TRUE(store->users().put(kRealm, {make_user("u1", "ann")}));
    ASSERT_TRUE(store->commit({kRealm, {make_audit("T1")}}));
    Place copy;
    const auto done = store->backup(copy.path());
    ASSERT_TRUE(done) << done.error().describe();
    EXPECT_EQ(store->backup(copy.path()).error().code, ErrorCode::kConflict);
    auto restored = copy.open();
    ASSERT_TRUE(restored) << restored.error().describe();
    EXPECT_TRUE((*restored)->users().find_by_username(kRealm, "ann")->has_value());
    EXPECT_TRUE((*restored)->audit().find("T1")->has_value());
    EXPECT_TRUE((*restored)->check_integrity());
    EXPECT_FALSE(std::filesystem::exists(copy.path() + ".partial"));
}

TEST_F(SqliteFile, TheLogStaysBoundedUnderLoad) {
    store_sqlite::SqliteSettings settings;
    settings.checkpoint_pages = 16;
    settings.max_log_pages = 64;
    auto opened = place_.open(settings);
    ASSERT_TRUE(opened);
    const std::string body(3000, 'x');
    for (int i = 0; i < 1000; ++i)
        ASSERT_TRUE((*opened)->commit({kRealm, {AppendAudit{"T", i, body}}}));
    EXPECT_LT(std::filesystem::file_size(place_.path() + "-wal"), 300U * 4120U);
}

TEST_F(SqliteFile, ALongReadDoesNotHoldUpCommits) {
    store_sqlite::SqliteSettings settings;
    settings.checkpoint_pages = 16;
    settings.max_log_pages = 64;
    auto opened = place_.open(settings);
    ASSERT_TRUE(opened);
    ASSERT_TRUE((*opened)->commit({kRealm, {make_audit("T")}}));
    auto reader = sql::Connection::open(place_.path(), sql::Access::kReadOnly);
    ASSERT_TRUE(reader && reader->execute("BEGIN; SELECT count(*) FROM audit"));
    const std::string body(3000, 'x');
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i)
        ASSERT_TRUE((*opened)->commit({kRealm, {AppendAudit{"T", i, body}}}));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
    EXPECT_EQ(*reader->query_int64("SELECT count(*) FROM audit"), 1);
}

TEST_F(SqliteFile, AllReadersAtOnceGetTheirTurn) {
    store_sqlite::SqliteSettings settings;
    settings.max_readers = 2;
    auto opened = place_.open(settings);
    ASSERT_TRUE(opened);
    const auto put = (*opened)->users().put(kRealm, {make_user("u1", "ann")});
    ASSERT_TRUE(put) << put.error().describe();
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 100; ++n)
                EXPECT_TRUE((*opened)->users().find(kRealm, UserId("u1"))->has_value());
        });
}

TEST_F(SqliteFile, WhatIsCommittedLaterIsWrittenBeforeTheStoreCloses) {
    {
        const auto store = must_open();
        for (int i = 0; i < 100; ++i) store->commit_later({kRealm, {make_audit("T")}});
    }
    EXPECT_EQ(must_open()->audit().tail(1)->front().sequence, 100);
}

TEST_F(SqliteFile, WhoFindsTheQueueFullIsToldAtOnce) {
    store_sqlite::SqliteSettings settings;
    settings.max_queue = 2;
    auto opened = place_.open(settings);
    ASSERT_TRUE(opened);
    std::atomic<int> written = 0;
    std::atomic<int> overloaded = 0;
    for (int i = 0; i < 500; ++i)
        (*opened)->commit_then({kRealm, {make_audit("T")}}, [&](Status status) {
            if (status)
                ++written;
            else if (status.error().code == ErrorCode::kOverloaded)
                ++overloaded;
        });
    opened->reset();  // writes what waits
    EXPECT_EQ(written + overloaded, 500);
    EXPECT_GT(written, 0);
    EXPECT_GT(overloaded, 0);
    EXPECT_EQ(must_open()->audit().tail(1)->front().sequence, written);
}

TEST_F(SqliteFile, ALaterCommitWaitsForRoomInTheQueue) {
    store_sqlite::SqliteSettings settings;
    settings.max_queue = 2;
    auto opened = place_.open(settings);
    ASSERT_TRUE(opened);
    for (int i = 0; i < 200; ++i) (*opened)->commit_later({kRealm, {make_audit("T")}});
    opened->reset();
    EXPECT_EQ(must_open()->audit().tail(1)->front().sequence, 200);
}

}  // namespace
}  // namespace cambist::store
