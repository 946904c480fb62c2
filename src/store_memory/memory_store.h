// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "store/store.h"

namespace cambist::store_memory {

// Everything in maps under one lock, gone with the process: for tests. Thread-safe. The functions
// given to scan() and update() run under that lock and must not call the store.
class MemoryStore final : public store::Store {
  public:
    // `node` names this node in the audit chain; without line feeds.
    explicit MemoryStore(std::string node = "memory");
    MemoryStore(const MemoryStore&) = delete;
    MemoryStore& operator=(const MemoryStore&) = delete;
    ~MemoryStore() override;

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
    void commit_later(store::Batch batch) override;
    Result<std::size_t> prune(std::int64_t now) override;
    Result<std::size_t> prune_audit(std::int64_t before_us) override;
    Status backup(const std::string& path) override;  // always kConfigInvalid
    Status ping() override;

    // From now on every commit fails with kStoreUnavailable, until switched off: for tests of
    // "not recorded, not issued".
    void fail_commits(bool failing);

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace cambist::store_memory
