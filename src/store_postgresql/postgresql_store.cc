// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/postgresql_store.h"

#include <chrono>
#include <thread>

#include "store_postgresql/listener.h"
#include "store_postgresql/migrate.h"
#include "store_postgresql/nouns.h"
#include "store_postgresql/open.h"
#include "store_postgresql/writer.h"

namespace cambist::store_postgresql {
namespace {

using postgresql::Connection;
using postgresql::Query;

constexpr std::chrono::minutes kTurnPatience{10};  // a realm may have a million users
constexpr std::chrono::milliseconds kTurnPoll{50};

std::unexpected<Error> read_only() {
    return fail(ErrorCode::kStoreUnavailable, "the database was opened for reading only");
}

}  // namespace

Status Access::write(const postgresql::Pool::Work& work) const {
    if (is_read_only) return read_only();
    return pool.transact(work);
}

Status Access::write_and_tell(const postgresql::Pool::Work& work) const {
    return write([&](Connection& connection) -> Status {
        CAMBIST_CHECK(work(connection));
        return notifies ? connection.execute(Query(kNotify)) : Status();
    });
}

Status hold_commits(Connection& connection) {
    return connection.execute(Query("SELECT sequence FROM audit_head FOR UPDATE"));
}

// In order of construction; the writer ends before what it uses.
struct PostgresqlStore::Parts {
    Parts(const PostgresqlSettings& given, std::string name, const store::Surroundings& around)
        : settings(given), node(std::move(name)), log(around.log) {
        if (settings.mode == Mode::kServe)
            writer = std::make_unique<Writer>([this] { return open_connection(settings); },
                                              settings, around.log, around.metrics);
    }
    Access access() const { return {pool, settings.mode == Mode::kReadOnly, settings.notifies}; }

    const PostgresqlSettings settings;
    const std::string node;
    Log& log;
    postgresql::Pool pool{{.most = settings.max_connections},
                          [this] { return open_connection(settings); }};
    Realms realms{access()};
    Users users{access()};
    Sessions sessions{access()};
    Refresh refresh{access()};
    ReferenceTokens reference_tokens{access()};
    Revocations revocations{access()};
    Relations relations{access()};
    ApiKeys api_keys{access()};
    FederatedIdentities federated_identities{access()};
    HandOffs hand_offs{access()};
    Keys keys{access()};
    Failures failures{access()};
    Audit audit{pool, node};
    std::unique_ptr<Writer> writer;
    std::unique_ptr<Listener> listener;
};

PostgresqlStore::PostgresqlStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PostgresqlStore::~PostgresqlStore() = default;

Result<std::unique_ptr<PostgresqlStore>> PostgresqlStore::open(
    const PostgresqlSettings& settings, const store::Surroundings& surroundings) {
    CAMBIST_TRY(auto node, open_database(settings, surroundings));
    auto parts = std::make_unique<Parts>(settings, std::move(node), surroundings);
    return std::unique_ptr<PostgresqlStore>(new PostgresqlStore(std::move(parts)));
}

store::RealmStore& PostgresqlStore::realms() { return parts_->realms; }
store::UserStore& PostgresqlStore::users() { return parts_->users; }
store::SessionStore& PostgresqlStore::sessions() { return parts_->sessions; }
store::RefreshStore& PostgresqlStore::refresh() { return parts_->refresh; }
store::ReferenceTokenStore& PostgresqlStore::reference_tokens() { return parts_->reference_tokens; }
store::RevocationStore& PostgresqlStore::revocations() { return parts_->revocations; }
store::RelationStore& PostgresqlStore::relations() { return parts_->relations; }
store::ApiKeyStore& PostgresqlStore::api_keys() { return parts_->api_keys; }
store::FederatedIdentityStore& PostgresqlStore::federated_identities() {
    return parts_->federated_identities;
}
store::HandOffStore& PostgresqlStore::hand_offs() { return parts_->hand_offs; }
store::KeyStore& PostgresqlStore::keys() { return parts_->keys; }
store::LoginFailureStore& PostgresqlStore::login_failures() { return parts_->failures; }
store::AuditStore& PostgresqlStore::audit() { return parts_->audit; }
const std::string& PostgresqlStore::node() const { return parts_->node; }

Status PostgresqlStore::commit(store::Batch batch) {
    if (batch.operations.empty()) return {};
    if (!parts_->writer) return read_only();
    return parts_->writer->commit(std::move(batch));
}

void PostgresqlStore::commit_then(store::Batch batch, store::Committed done) {
    if (batch.operations.empty()) return done({});
    if (!parts_->writer) return done(read_only());
    parts_->writer->commit_then(std::move(batch), std::move(done));
}

void PostgresqlStore::commit_later(store::Batch batch) {
    CAMBIST_ASSERT(parts_->writer != nullptr);  // nobody could be told that it was lost
    parts_->writer->commit_later(std::move(batch));
}

Result<std::size_t> PostgresqlStore::prune(std::int64_t now) {
    std::size_t removed = 0;
    auto done = parts_->access().write([&](Connection& connection) -> Status {
        CAMBIST_CHECK(hold_commits(connection));
        CAMBIST_TRY(removed, remove_expired(connection, now));
        return {};
    });
    CAMBIST_CHECK(std::move(done));
    return removed;
}

Result<std::size_t> PostgresqlStore::prune_audit(std::int64_t before_us) {
    std::size_t removed = 0;
    auto done = parts_->access().write([&](Connection& connection) -> Status {
        CAMBIST_TRY(removed, remove_audit(connection, before_us));
        return {};
    });
    CAMBIST_CHECK(std::move(done));
    return removed;
}

// By the database's clock: the nodes' may differ.
Result<bool> PostgresqlStore::take_lease(std::string_view name, std::string_view holder,
                                         std::chrono::seconds length) {
    bool is_ours = false;
    auto done = parts_->access().write([&](Connection& connection) -> Status {
        CAMBIST_TRY(const auto rows,
                    connection.run(Query("INSERT INTO lease AS old "
                                         "VALUES($1,$2,clock_timestamp()+$3*interval '1 second') "
                                         "ON CONFLICT(name) DO UPDATE SET holder=excluded.holder,"
                                         "until=excluded.until WHERE old.holder=excluded.holder "
                                         "OR old.until<clock_timestamp()")
                                       .text(name)
                                       .text(holder)
                                       .number(length.count())));
        is_ours = rows.changed() > 0;
        return {};
    });
    CAMBIST_CHECK(std::move(done));
    return is_ours;
}

void PostgresqlStore::on_change(std::function<void()> changed) {
    parts_->listener.reset();
    if (!changed || !parts_->settings.notifies) return;
    parts_->listener = std::make_unique<Listener>(
        [this] { return open_connection(parts_->settings); }, std::move(changed), parts_->log);
}

// On a connection of its own: the lock belongs to it, and goes with it however we end.
Status PostgresqlStore::exclusively(const std::function<Status()>& work) {
    if (!parts_->writer) return read_only();
    CAMBIST_TRY(auto connection, open_connection(parts_->settings));
    const auto give_up = std::chrono::steady_clock::now() + kTurnPatience;
    while (true) {
        CAMBIST_TRY(const auto rows,
                    connection.run(Query("SELECT pg_try_advisory_lock(1667329378,1953853550)")));
        if (rows.int64(0, 0) != 0) return work();
        if (std::chrono::steady_clock::now() > give_up)
            return fail(ErrorCode::kStoreUnavailable,
                        "another process has been changing a realm for too long");
        std::this_thread::sleep_for(kTurnPoll);
    }
}

Status PostgresqlStore::backup(const std::string& /*path*/) {
    return fail(ErrorCode::kConfigInvalid,
                "a PostgreSQL database is copied with its own tools, also while cambist runs: "
                "pg_dump --format=custom --file=FILE DATABASE, or a base backup");
}

// Writes, because a full disk or a standby is found in no other way.
Status PostgresqlStore::ping() {
    CAMBIST_TRY(const auto rows,
                parts_->pool.read(Query("SELECT value FROM meta WHERE name='schema'")));
    CAMBIST_CHECK(refuse_newer(rows.empty() ? 0 : rows.int64(0, 0)));
    if (parts_->settings.mode == Mode::kReadOnly) return {};
    CAMBIST_CHECK(parts_->access().write([](Connection& connection) -> Status {
        return connection.execute(Query("UPDATE meta SET value=value+1 WHERE name='pings'"));
    }));
    // The writer has a connection of its own, and pauses when it could not be made: who is told
    // that we are ready sends requests, and they need a record.
    return parts_->writer->commit({});
}

}  // namespace cambist::store_postgresql
