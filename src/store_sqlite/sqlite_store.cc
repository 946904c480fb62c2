// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/sqlite_store.h"

#include <unistd.h>

#include <filesystem>

#include "store_sqlite/checkpointer.h"
#include "store_sqlite/file_lock.h"
#include "store_sqlite/nouns.h"
#include "store_sqlite/open.h"

namespace cambist::store_sqlite {

namespace {

std::unexpected<Error> no_commits() {
    return fail(ErrorCode::kStoreUnavailable, "the database was not opened to serve from it");
}

}  // namespace

Status Access::write(Writer::Work work) const {
    if (writer == nullptr)
        return fail(ErrorCode::kStoreUnavailable, "the database was opened for reading only");
    return writer->run(std::move(work));
}

// In order of construction; the threads end before what they use.
struct SqliteStore::Parts {
    Parts(OpenedFile opened, const SqliteSettings& given, const Surroundings& around)
        : may_commit(given.mode != Mode::kReadOnly),
          lock(std::move(opened.lock)),
          node(opened.head.node),
          readers(given.max_readers, [given] { return open_reader(given); }),
          checkpointer(make_checkpointer(opened, given, around)),
          writer(make_writer(opened, given, around)) {}
    static std::unique_ptr<Checkpointer> make_checkpointer(OpenedFile& opened,
                                                           const SqliteSettings& given,
                                                           const Surroundings& around) {
        if (!opened.checkpointer) return nullptr;
        return std::make_unique<Checkpointer>(*std::move(opened.checkpointer),
                                              given.checkpoint_pages, around.log);
    }
    std::unique_ptr<Writer> make_writer(OpenedFile& opened, const SqliteSettings& given,
                                        const Surroundings& around) const {
        if (!opened.writer) return nullptr;
        return std::make_unique<Writer>(*std::move(opened.writer), std::move(opened.head), given,
                                        *checkpointer, around.log, around.metrics);
    }
    Access access() { return {readers, writer.get()}; }

    const bool may_commit;
    std::optional<FileLock> lock;
    const std::string node;
    Readers readers;
    std::unique_ptr<Checkpointer> checkpointer;
    std::unique_ptr<Writer> writer;
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
    Audit audit{readers, node};
};

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(SqliteSettings settings,
                                                       const Surroundings& surroundings) {
    CAMBIST_TRY(auto opened, open_file(settings, surroundings));
    auto parts = std::make_unique<Parts>(std::move(opened), settings, surroundings);
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(parts)));
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path, Mode mode,
                                                       const Surroundings& surroundings) {
    SqliteSettings settings;
    settings.path = path;
    settings.mode = mode;
    return open(std::move(settings), surroundings);
}

store::RealmStore& SqliteStore::realms() { return parts_->realms; }
store::UserStore& SqliteStore::users() { return parts_->users; }
store::SessionStore& SqliteStore::sessions() { return parts_->sessions; }
store::RefreshStore& SqliteStore::refresh() { return parts_->refresh; }
store::ReferenceTokenStore& SqliteStore::reference_tokens() { return parts_->reference_tokens; }
store::RevocationStore& SqliteStore::revocations() { return parts_->revocations; }
store::RelationStore& SqliteStore::relations() { return parts_->relations; }
store::ApiKeyStore& SqliteStore::api_keys() { return parts_->api_keys; }
store::FederatedIdentityStore& SqliteStore::federated_identities() {
    return parts_->federated_identities;
}
store::HandOffStore& SqliteStore::hand_offs() { return parts_->hand_offs; }
store::KeyStore& SqliteStore::keys() { return parts_->keys; }
store::LoginFailureStore& SqliteStore::login_failures() { return parts_->failures; }
store::AuditStore& SqliteStore::audit() { return parts_->audit; }
const std::string& SqliteStore::node() const { return parts_->node; }

Status SqliteStore::commit(store::Batch batch) {
    if (batch.operations.empty()) return {};
    if (!parts_->may_commit) return no_commits();
    return parts_->writer->commit(std::move(batch));
}

void SqliteStore::commit_then(store::Batch batch, store::Committed done) {
    if (batch.operations.empty()) return done({});
    if (!parts_->may_commit) return done(no_commits());
    parts_->writer->commit_then(std::move(batch), std::move(done));
}

void SqliteStore::commit_later(store::Batch batch) {
    CAMBIST_ASSERT(parts_->may_commit);  // nobody could be told that it was lost
    parts_->writer->commit_later(std::move(batch));
}

Result<std::size_t> SqliteStore::prune(std::int64_t now) {
    std::size_t removed = 0;
    CAMBIST_CHECK(parts_->access().write([&](sql::Connection& connection) -> Status {
        CAMBIST_TRY(removed, remove_expired(connection, now));
        return {};
    }));
    return removed;
}

Result<std::size_t> SqliteStore::prune_audit(std::int64_t before_us) {
    std::size_t removed = 0;
    CAMBIST_CHECK(parts_->access().write([&](sql::Connection& connection) -> Status {
        CAMBIST_TRY(removed, remove_audit(connection, before_us));
        return {};
    }));
    return removed;
}

Status SqliteStore::backup(const std::string& path) {
    std::error_code failed;
    if (std::filesystem::exists(path, failed) || failed)
        return fail(ErrorCode::kConflict, "the file " + path + " exists already");
    const std::string partial = path + ".partial";
    std::filesystem::remove(partial, failed);
    CAMBIST_CHECK(make_private(partial));
    Status copied;
    {
        CAMBIST_TRY(auto reader, parts_->readers.borrow());
        copied = reader->copy_to(partial);
    }
    // link() and not rename(): a file that came in the meantime must not be replaced.
    if (copied && ::link(partial.c_str(), path.c_str()) != 0)
        copied = fail(ErrorCode::kConflict, "the file " + path + " can not be made");
    std::filesystem::remove(partial, failed);
    if (!copied) return copied;
    return sync_folder_of(path);
}

// Writes, because a full disk is found in no other way.
Status SqliteStore::ping() {
    {
        CAMBIST_TRY(auto reader, parts_->readers.borrow());
        CAMBIST_CHECK(reader->query_int64("SELECT count(*) FROM meta"));
    }
    if (!parts_->writer) return {};
    return parts_->writer->run([](sql::Connection& connection) -> Status {
        CAMBIST_TRY(auto update,
                    connection.prepare("UPDATE meta SET value=value+1 WHERE name='pings'"));
        return update.run();
    });
}

Status SqliteStore::check_integrity() const {
    CAMBIST_TRY(auto reader, parts_->readers.borrow());
    CAMBIST_TRY(auto check, reader->prepare("PRAGMA integrity_check(5)"));
    std::string faults;
    while (true) {
        CAMBIST_TRY(const bool is_row, check.step());
        if (!is_row) break;
        faults += (faults.empty() ? "" : "; ") + std::string(check.text(0));
    }
    if (faults == "ok") return {};
    return fail(ErrorCode::kStoreUnavailable, "the database file is damaged: restore a backup",
                faults);
}

}  // namespace cambist::store_sqlite
