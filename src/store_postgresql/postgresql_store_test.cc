// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/postgresql_store.h"

#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "base/guarded.h"
#include "store/chain.h"
#include "store/conformance/conformance.h"
#include "store_postgresql/migrate.h"
#include "store_postgresql/test_place.h"

namespace cambist::store {
namespace {

using store_postgresql::Mode;
using store_postgresql::Place;
using store_postgresql::PostgresqlStore;

class PostgresqlDatabase : public testing::Test {
  protected:
    Place place_;
    std::unique_ptr<PostgresqlStore> must_open(Mode mode = Mode::kServe) {
        auto opened = place_.open(mode);
        EXPECT_TRUE(opened) << opened.error().describe();
        return *std::move(opened);
    }
    Error refusal(Mode mode = Mode::kServe) {
        auto opened = place_.open(mode);
        EXPECT_FALSE(opened);
        return opened ? Error{} : opened.error();
    }
    // Ends every connection to the database but the one that asks, as a restart of it does.
    void end_connections() {
        ASSERT_TRUE(
            place_.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       "WHERE usename=current_user AND pid<>pg_backend_pid()"));
    }
};

TEST_F(PostgresqlDatabase, MigrationsAreNumberedFromOneWithoutGaps) {
    std::int64_t expected = 1;
    for (const auto& migration : store_postgresql::migrations())
        EXPECT_EQ(migration.number, expected++);
}

TEST_F(PostgresqlDatabase, NodesThatStartTogetherMakeOneSchemaAndOneChain) {
    std::array<std::unique_ptr<PostgresqlStore>, 6> nodes;
    {
        std::vector<std::jthread> threads;
        for (auto& node : nodes) threads.emplace_back([&] { node = must_open(); });
    }
    for (const auto& node : nodes) EXPECT_EQ(node->node(), nodes.front()->node());
}

TEST_F(PostgresqlDatabase, ANewerSchemaIsRefused) {
    must_open();
    const auto newer = std::to_string(store_postgresql::migrations().back().number + 1);
    ASSERT_TRUE(place_.run("UPDATE meta SET value=" + newer + " WHERE name='schema'"));
    EXPECT_EQ(refusal().code, ErrorCode::kSchemaTooNew);
    EXPECT_EQ(refusal(Mode::kReadOnly).code, ErrorCode::kSchemaTooNew);
}

TEST_F(PostgresqlDatabase, AnotherProgramsTablesAreRefusedAndLeftAlone) {
    ASSERT_TRUE(place_.run("CREATE SCHEMA " + place_.settings.schema +
                           "; CREATE TABLE meta(name text, value text)"));
    EXPECT_EQ(refusal().code, ErrorCode::kStoreUnavailable);
    EXPECT_TRUE(place_.run("INSERT INTO meta VALUES('theirs','1')"));
}

TEST_F(PostgresqlDatabase, AReaderMakesNothingAndWritesNothing) {
    EXPECT_EQ(refusal(Mode::kReadOnly).code, ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(place_.run("SELECT 1 FROM meta"));
    const auto server = must_open();
    ASSERT_TRUE(server->commit({kRealm, {make_audit("T1")}}));
    const auto reader = must_open(Mode::kReadOnly);
    EXPECT_TRUE(reader->audit().find("T1")->has_value());
    EXPECT_TRUE(reader->ping());
    EXPECT_EQ(reader->commit({kRealm, {make_audit("T2")}}).error().code,
              ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(reader->users().put(kRealm, {make_user("u1", "ann")}));
    EXPECT_FALSE(reader->prune(1));
    EXPECT_FALSE(reader->exclusively([] { return Status(); }));
}

TEST_F(PostgresqlDatabase, AChangedEndOfTheAuditChainIsNoticedWhenOpened) {
    ASSERT_TRUE(must_open()->commit({kRealm, {make_audit("T1"), make_audit("T2")}}));
    ASSERT_TRUE(place_.run("ALTER TABLE audit DISABLE TRIGGER USER"));
    ASSERT_TRUE(place_.run("UPDATE audit SET body='x' WHERE sequence=2"));
    EXPECT_EQ(refusal().code, ErrorCode::kAuditBroken);
    ASSERT_TRUE(place_.run("DELETE FROM audit WHERE sequence=2"));
    EXPECT_EQ(refusal(Mode::kReadOnly).code, ErrorCode::kAuditBroken);
}

TEST_F(PostgresqlDatabase, AuditRowsCanNotBeChangedOrDeletedByMistake) {
    ASSERT_TRUE(must_open()->commit({kRealm, {make_audit("T1")}}));
    EXPECT_FALSE(place_.run("UPDATE audit SET body='{}'"));
    EXPECT_FALSE(place_.run("DELETE FROM audit"));
    EXPECT_FALSE(place_.run("TRUNCATE audit"));
}

TEST_F(PostgresqlDatabase, ABackupIsLeftToPostgresql) {
    EXPECT_EQ(must_open()->backup("/tmp/never").error().code, ErrorCode::kConfigInvalid);
}

TEST_F(PostgresqlDatabase, ManyNodesWriteOneChain) {
    constexpr std::size_t kNodes = 3;
    constexpr std::size_t kRows = 60;
    std::array<std::unique_ptr<PostgresqlStore>, kNodes> nodes;
    for (auto& node : nodes) node = must_open();
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < kNodes * 4; ++i)
            threads.emplace_back([&, i] {
                for (std::size_t row = 0; row < kRows; ++row)
                    EXPECT_TRUE(nodes[i % kNodes]->commit(
                        {kRealm, {make_audit(std::to_string(i) + "/" + std::to_string(row))}}));
            });
    }
    std::string previous(kChainStart);
    std::int64_t sequence = 0;
    ASSERT_TRUE(nodes.front()->audit().scan([&](const AuditRow& row) {
        EXPECT_EQ(row.sequence, ++sequence);
        EXPECT_EQ(row.hash, chain_hash(row.node, row.sequence, previous, row.body));
        previous = row.hash;
        return true;
    }));
    EXPECT_EQ(sequence, static_cast<std::int64_t>(kNodes * 4 * kRows));
}

// Whoever asks for what is new must never miss one that becomes visible later.
TEST_F(PostgresqlDatabase, RevocationsBecomeVisibleInTheOrderOfTheirNumbers) {
    constexpr int kWriters = 3;
    constexpr int kEach = 40;
    std::array<std::unique_ptr<PostgresqlStore>, kWriters> nodes;
    for (auto& node : nodes) node = must_open();
    const auto reader = must_open();
    std::atomic<int> writing = kWriters;
    std::set<std::string> seen;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kWriters; ++i)
            threads.emplace_back([&, i] {
                for (int n = 0; n < kEach; ++n)
                    EXPECT_TRUE(nodes[static_cast<std::size_t>(i)]->commit(
                        {kRealm,
                         {AddRevocation{{RevocationKind::kToken,
                                         std::to_string(i) + "." + std::to_string(n), 0, 9}}}}));
                --writing;
            });
        std::int64_t number = 0;
        for (bool is_last = false; !is_last;) {
            is_last = writing == 0;
            const auto fresh = reader->revocations().since(number, 1000);
            ASSERT_TRUE(fresh);
            for (const auto& entry : *fresh) {
                EXPECT_GT(entry.number, number);
                number = entry.number;
                seen.insert(entry.revocation.id);
            }
        }
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(kWriters * kEach));
}

TEST_F(PostgresqlDatabase, UserChangesOfOneNodeAreToldToTheOthers) {
    const auto one = must_open();
    const auto other = must_open();
    const auto start = *other->users().changes_since(0);
    ASSERT_TRUE(one->users().put(kRealm, {make_user("u1", "ann"), make_user("u2", "bob")}));
    ASSERT_TRUE(one->users().put(kRealm, {make_user("u1", "ann")}));  // changes nothing
    const auto changes = *other->users().changes_since(start.number);
    ASSERT_EQ(changes.users.size(), 2U);
    EXPECT_TRUE(changes.is_complete);
    EXPECT_EQ(changes.users[0].realm, kRealm);
    EXPECT_EQ(changes.users[0].user.text(), "u1");
    ASSERT_TRUE(one->users().remove(kRealm, UserId("u2")));
    const auto more = *other->users().changes_since(changes.number);
    ASSERT_EQ(more.users.size(), 1U);
    EXPECT_EQ(more.users[0].user.text(), "u2");
    EXPECT_TRUE(other->users().changes_since(more.number)->users.empty());
    EXPECT_EQ(other->users().changes_since(more.number)->number, more.number);
}

TEST_F(PostgresqlDatabase, ManyUserChangesAreToldAsOneOfTheWholeRealm) {
    const auto store = must_open();
    std::vector<User> users;
    for (int i = 0; i < 1001; ++i)
        users.push_back(make_user("u" + std::to_string(i), "n" + std::to_string(i)));
    ASSERT_EQ(*store->users().put(kRealm, users), 1001U);
    const auto changes = *store->users().changes_since(0);
    ASSERT_EQ(changes.users.size(), 1U);
    EXPECT_TRUE(changes.users[0].user.empty());
}

TEST_F(PostgresqlDatabase, WhoWasAwayForLongIsToldThatChangesAreForgotten) {
    const auto store = must_open();
    const auto put = [&](const std::string& id) {
        ASSERT_TRUE(store->users().put(kRealm, {make_user(id, id)}));
    };
    put("u1");
    const auto number = store->users().changes_since(0)->number;
    put("u2");
    put("u3");
    ASSERT_TRUE(place_.run("UPDATE user_change SET at=now()-interval '2 hours'"));
    put("u4");
    ASSERT_TRUE(store->prune(1));
    EXPECT_FALSE(store->users().changes_since(number)->is_complete);
    EXPECT_TRUE(store->users().changes_since(store->users().changes_since(0)->number)->is_complete);
}

TEST_F(PostgresqlDatabase, WhatRunsExclusivelyRunsAloneAmongAllNodes) {
    const std::array<std::unique_ptr<PostgresqlStore>, 2> nodes{must_open(), must_open()};
    std::atomic<int> inside = 0;
    std::atomic<int> runs = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < 6; ++i)
            threads.emplace_back([&, i] {
                EXPECT_TRUE(nodes[i % 2]->exclusively([&]() -> Status {
                    EXPECT_EQ(++inside, 1);
                    std::this_thread::sleep_for(std::chrono::milliseconds(20));
                    --inside;
                    ++runs;
                    return {};
                }));
            });
    }
    EXPECT_EQ(runs, 6);
    EXPECT_EQ(nodes[0]->exclusively([] { return Status(fail(ErrorCode::kNotFound)); }).error().code,
              ErrorCode::kNotFound);
}

TEST_F(PostgresqlDatabase, AnOlderSchemaIsRefusedByWhoMustNotMigrate) {
    place_.settings.migrates = false;
    EXPECT_EQ(refusal().code, ErrorCode::kStoreUnavailable);
    place_.settings.migrates = true;
    must_open();
    place_.settings.migrates = false;
    EXPECT_TRUE(must_open()->ping());
}

// The others are renewed one by one: this one shall get no new requests.
TEST_F(PostgresqlDatabase, ANodeThatAnotherHasMigratedAwayFromIsNotReady) {
    const auto store = must_open();
    ASSERT_TRUE(store->ping());
    ASSERT_TRUE(place_.run("UPDATE meta SET value=value+1 WHERE name='schema'"));
    EXPECT_EQ(store->ping().error().code, ErrorCode::kSchemaTooNew);
}

TEST_F(PostgresqlDatabase, ALeaseIsOfOneUntilItIsOver) {
    const std::array<std::unique_ptr<PostgresqlStore>, 2> nodes{must_open(), must_open()};
    const auto take = [&](std::size_t node, std::chrono::seconds length) {
        return *nodes[node]->take_lease("upkeep", std::to_string(node), length);
    };
    EXPECT_TRUE(take(0, std::chrono::seconds(60)));
    EXPECT_FALSE(take(1, std::chrono::seconds(60)));
    EXPECT_TRUE(*nodes[1]->take_lease("other", "1", std::chrono::seconds(60)));
    EXPECT_TRUE(take(0, std::chrono::seconds(0)));
    EXPECT_TRUE(take(1, std::chrono::seconds(60)));
    EXPECT_FALSE(take(0, std::chrono::seconds(60)));
}

// How often a node is told, and how long that takes at most here.
class Told {
  public:
    explicit Told(PostgresqlStore& store) : store_(store) {
        store_.on_change([this] { count_.change([](int& count) { ++count; }); });
        EXPECT_TRUE(comes(1));  // once it listens
    }
    ~Told() { store_.on_change(nullptr); }
    bool comes(int least) {
        return count_.wait_for(
            std::chrono::seconds(20), [&](int count) { return count >= least; },
            [&](int& count) { return count >= least; });
    }
    int count() const {
        return count_.with([](int count) { return count; });
    }

  private:
    PostgresqlStore& store_;
    Guarded<int> count_;
};

TEST_F(PostgresqlDatabase, RevocationsRealmsAndUsersOfOneNodeAreNotifiedToTheOthers) {
    const auto one = must_open();
    const auto other = must_open();
    Told told(*other);
    ASSERT_TRUE(one->commit({kRealm, {make_audit("T1")}}));  // is of no interest to anybody
    EXPECT_EQ(told.count(), 1);
    ASSERT_TRUE(one->commit(
        {kRealm, {AddRevocation{{RevocationKind::kToken, "t1", 0, 9}}, make_audit("T")}}));
    EXPECT_TRUE(told.comes(2));
    ASSERT_TRUE(one->realms().apply(kRealm, {{"client", "web", "{}"}}, {}));
    EXPECT_TRUE(told.comes(3));
    ASSERT_TRUE(one->users().put(kRealm, {make_user("u1", "ann")}));
    EXPECT_TRUE(told.comes(4));
    ASSERT_TRUE(one->users().remove(kRealm, UserId("u1")));
    EXPECT_TRUE(told.comes(5));
}

TEST_F(PostgresqlDatabase, WhoLosesTheConnectionListensAgainAndLooksOnce) {
    const auto one = must_open();
    const auto other = must_open();
    Told told(*other);
    end_connections();
    EXPECT_TRUE(told.comes(2));
    ASSERT_TRUE(one->realms().apply(kRealm, {{"client", "web", "{}"}}, {}));
    EXPECT_TRUE(told.comes(3));
}

TEST_F(PostgresqlDatabase, WhoOnlyPollsNeitherListensNorNotifies) {
    const auto listening = must_open();
    place_.settings.notifies = false;
    const auto polling = must_open();
    int count = 0;
    polling->on_change([&] { ++count; });
    Told told(*listening);
    ASSERT_TRUE(polling->commit({kRealm, {AddRevocation{{RevocationKind::kToken, "t1", 0, 9}}}}));
    ASSERT_TRUE(polling->realms().apply(kRealm, {{"client", "web", "{}"}}, {}));
    ASSERT_TRUE(listening->realms().apply(kRealm, {{"client", "app", "{}"}}, {}));
    EXPECT_TRUE(told.comes(2));
    EXPECT_EQ(told.count(), 2);
    EXPECT_EQ(count, 0);
}

// As a primary that another has taken the place of: it still answers, and takes no writes.
TEST_F(PostgresqlDatabase, AConnectionToADatabaseThatTakesNoWritesAnyMoreIsGivenUp) {
    const auto store = must_open();
    ASSERT_TRUE(store->commit({kRealm, {make_audit("T1")}}));
    ASSERT_TRUE(store->users().put(kRealm, {make_user("u1", "ann")}));
    auto connection = store_postgresql::open_connection(place_.settings);
    ASSERT_TRUE(connection->run_script("SET default_transaction_read_only=on"));
    EXPECT_FALSE(connection->run_script("UPDATE meta SET value=value"));
    EXPECT_TRUE(connection->is_broken());
    place_.settings.mode = Mode::kReadOnly;
    auto reader = store_postgresql::open_connection(place_.settings);
    EXPECT_FALSE(reader->run_script("UPDATE meta SET value=value"));
    EXPECT_FALSE(reader->is_broken());
}

// What a database that many write to does now and then, here as often as a test says: transactions
// that are serialised with others fail, and nothing of them is left.
class Contended : public PostgresqlDatabase {
  protected:
    // The next so many writes of audit records, and of users, fail as such.
    void fail_next(int times) {
        ASSERT_TRUE(place_.run("CREATE SEQUENCE IF NOT EXISTS tries; SELECT setval('tries',1)"));
        const std::string body =
            "CREATE OR REPLACE FUNCTION contend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF nextval('tries')<=" +
            std::to_string(times + 1) +
            " THEN RAISE EXCEPTION 'in the way' USING ERRCODE='40001'; END IF; RETURN NEW; END $$;";
        ASSERT_TRUE(place_.run(body));
        for (const auto* table : {"audit", "realm_user"})
            ASSERT_TRUE(place_.run("CREATE OR REPLACE TRIGGER contend BEFORE INSERT ON " +
                                   std::string(table) +
                                   " FOR EACH STATEMENT EXECUTE FUNCTION contend()"));
    }
};

TEST_F(Contended, SerialisationFailuresAreTriedAgain) {
    const auto store = must_open();
    fail_next(3);
    EXPECT_TRUE(store->commit({kRealm, {make_audit("T1")}}));
    fail_next(3);
    EXPECT_TRUE(store->users().put(kRealm, {make_user("u1", "ann")}));
    EXPECT_EQ(store->audit().tail(9)->size(), 1U);
}

TEST_F(Contended, SerialisationFailuresWithoutEndAreGivenUpAndNothingIsLeft) {
    const auto store = must_open();
    fail_next(1'000'000);
    EXPECT_EQ(
        store->commit({kRealm, {AddSession{make_session("s1")}, make_audit("T1")}}).error().code,
        ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(store->users().put(kRealm, {make_user("u1", "ann")}));
    EXPECT_FALSE(store->sessions().find(kRealm, SessionId("s1"))->has_value());
    EXPECT_TRUE(store->audit().tail(9)->empty());
    fail_next(0);
    EXPECT_TRUE(store->commit({kRealm, {make_audit("T2")}}));
}

TEST_F(PostgresqlDatabase, ARestartOfTheDatabaseBetweenCommitsIsNotNoticed) {
    const auto store = must_open();
    ASSERT_TRUE(store->users().put(kRealm, {make_user("u1", "ann")}));
    ASSERT_TRUE(store->commit({kRealm, {make_audit("T1")}}));
    end_connections();
    EXPECT_TRUE(store->commit({kRealm, {make_audit("T2")}}));
    EXPECT_TRUE(store->users().find(kRealm, UserId("u1"))->has_value());
    EXPECT_TRUE(store->users().put(kRealm, {make_user("u2", "bob")}));
}

TEST_F(PostgresqlDatabase, ANodeThatHangsInATransactionDoesNotHoldUpTheOthersForLong) {
    place_.settings.idle_transaction = std::chrono::milliseconds(300);
    const auto store = must_open();
    auto hanging = store_postgresql::open_connection(place_.settings);
    ASSERT_TRUE(hanging);
    ASSERT_TRUE(hanging->run_script("BEGIN; SELECT * FROM audit_head FOR UPDATE"));
    EXPECT_TRUE(store->commit({kRealm, {make_audit("T1")}}));
    EXPECT_FALSE(hanging->run_script("COMMIT"));
}

TEST_F(PostgresqlDatabase, OneTimeThingsMayBeOfAnyLengthAndOfAnyBytes) {
    const auto store = must_open();
    const std::string ids[] = {std::string(100'000, 'x'), std::string("\0\xff", 2), ""};
    for (const auto& id : ids) {
        EXPECT_TRUE(store->commit({kRealm, {TakeOnce{"jti", id, id, 900}}}));
        EXPECT_EQ(store->commit({kRealm, {TakeOnce{"jti", id, id, 900}}}).error().code,
                  ErrorCode::kConflict);
    }
    EXPECT_TRUE(store->commit({kRealm, {TakeOnce{"a", "bc", "d", 900}}}));
    EXPECT_TRUE(store->commit({kRealm, {TakeOnce{"ab", "c", "d", 900}}}));
    EXPECT_FALSE(store->users().find_by_username(kRealm, ids[1])->has_value());
    EXPECT_FALSE(store->users().find(kRealm, UserId(ids[1]))->has_value());
}

// What the database can not hold at all: an index takes no row of such a length.
TEST_F(PostgresqlDatabase, ABatchThatCanNotBeWrittenDoesNotTakeOthersWithIt) {
    const auto store = must_open();
    std::string long_id;
    for (int i = 0; i < 2000; ++i) long_id += std::to_string(i * 7919);  // compresses badly
    std::atomic<int> good = 0;
    std::atomic<int> bad = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 12; ++i)
            threads.emplace_back([&, i] {
                const bool is_bad = i % 4 == 0;
                const auto id = is_bad ? long_id + std::to_string(i) : std::to_string(i);
                const auto done =
                    store->commit({kRealm, {AddSession{make_session(id)}, make_audit("T")}});
                EXPECT_EQ(done.has_value(), !is_bad);
                ++(done ? good : bad);
            });
    }
    EXPECT_EQ(good, 9);
    EXPECT_EQ(bad, 3);
    EXPECT_EQ(store->audit().tail(99)->size(), 9U);
}

TEST_F(PostgresqlDatabase, WhatIsCommittedLaterIsWrittenBeforeTheStoreCloses) {
    {
        const auto store = must_open();
        for (int i = 0; i < 100; ++i) store->commit_later({kRealm, {make_audit("T")}});
    }
    EXPECT_EQ(must_open()->audit().tail(1)->front().sequence, 100);
}

TEST_F(PostgresqlDatabase, WhoFindsTheQueueFullIsToldAtOnce) {
    place_.settings.max_queue = 2;
    auto store = must_open();
    std::atomic<int> written = 0;
    std::atomic<int> overloaded = 0;
    for (int i = 0; i < 500; ++i)
        store->commit_then({kRealm, {make_audit("T")}}, [&](Status status) {
            if (status)
                ++written;
            else if (status.error().code == ErrorCode::kOverloaded)
                ++overloaded;
        });
    store.reset();  // writes what waits
    EXPECT_EQ(written + overloaded, 500);
    EXPECT_GT(written, 0);
    EXPECT_GT(overloaded, 0);
    EXPECT_EQ(must_open()->audit().tail(1)->front().sequence, written);
}

}  // namespace
}  // namespace cambist::store
