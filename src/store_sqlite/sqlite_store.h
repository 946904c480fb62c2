// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "store/store.h"
#include "store/surroundings.h"
#include "store_sqlite/settings.h"

namespace cambist::store_sqlite {

using store::Surroundings;

// The embedded database: one SQLite file in WAL mode, synchronous=FULL. All writes go through one
// thread that puts what waits into one transaction (group commit); reads use a bounded pool of
// connections; a third thread moves the log into the file. Thread-safe. The function given to
// LoginFailureStore::update runs on the writer's thread and must not call the store.
class SqliteStore final : public store::Store {
  public:
    // Makes or migrates the file (mode 0600). kStoreUnavailable when it can not be opened, is no
    // database of ours, or another process serves from it; kSchemaTooNew when a newer version
    // wrote it; kAuditBroken when the end of the audit chain is damaged.
    static Result<std::unique_ptr<SqliteStore>> open(SqliteSettings settings,
                                                     const Surroundings& surroundings);
    // As above with the default settings, where there is nothing to log or to count.
    static Result<std::unique_ptr<SqliteStore>> open(const std::string& path, Mode mode,
                                                     const Surroundings& surroundings);
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;
    ~SqliteStore() override;  // writes what waits

    store::RealmStore& realms() override;
    store::UserStore& users() override;
    store::SessionStore& sessions() override;
    store::RefreshStore& refresh() override;
    store::ReferenceTokenStore& reference_tokens() override;
    store::RevocationStore& revocations() override;
    store::RelationStore& relations() override;
    store::ApiKeyStore& api_keys() override;
    store::FederatedIdentityStore& federated_identities() override;
    store::HandOffStore& hand_offs() override;
    store::KeyStore& keys() override;
    store::LoginFailureStore& login_failures() override;
    store::AuditStore& audit() override;
    Status commit(store::Batch batch) override;
    void commit_then(store::Batch batch, store::Committed done) override;
    void commit_later(store::Batch batch) override;
    Result<std::size_t> prune(std::int64_t now) override;
    Result<std::size_t> prune_audit(std::int64_t before_us) override;
    // Writes a complete copy to a file that must not exist (kConflict).
    Status backup(const std::string& path) override;
    Status ping() override;

    // The ULID of this database in the audit chain.
    const std::string& node() const;
    // Reads every page: minutes on a large file. kStoreUnavailable with the first faults.
    Status check_integrity() const;

  private:
    struct Parts;
    explicit SqliteStore(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace cambist::store_sqlite
