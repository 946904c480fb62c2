// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "store/store.h"
#include "store/surroundings.h"
#include "store_postgresql/settings.h"

namespace cambist::store_postgresql {

// Many nodes on one database. Batches go through one thread that puts what waits into one
// transaction (group commit); reads and rare writes use a bounded pool of connections. Nothing is
// kept in the process: what one node has committed every other one reads. Thread-safe.
class PostgresqlStore final : public store::Store {
  public:
    // Makes or migrates the schema. kStoreUnavailable when the database can not be reached or does
    // not take us; kSchemaTooNew when a newer version wrote it; kAuditBroken when the end of the
    // audit chain is damaged.
    static Result<std::unique_ptr<PostgresqlStore>> open(const PostgresqlSettings& settings,
                                                         const store::Surroundings& surroundings);
    PostgresqlStore(const PostgresqlStore&) = delete;
    PostgresqlStore& operator=(const PostgresqlStore&) = delete;
    ~PostgresqlStore() override;  // writes what waits

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
    Result<bool> take_lease(std::string_view name, std::string_view holder,
                            std::chrono::seconds length) override;
    void on_change(std::function<void()> changed) override;
    Status exclusively(const std::function<Status()>& work) override;
    Status backup(const std::string& path) override;  // always kConfigInvalid: pg_dump does it
    Status ping() override;

    // The ULID of this database in the audit chain.
    const std::string& node() const;

  private:
    struct Parts;
    explicit PostgresqlStore(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace cambist::store_postgresql
