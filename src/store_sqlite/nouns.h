// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "store/store.h"
#include "store_sqlite/readers.h"
#include "store_sqlite/writer.h"

// The interfaces of store/, each on the pool of readers and the one writer.
namespace cambist::store_sqlite {

struct Access {
    const Readers& readers;
    Writer* writer;  // null: the store was opened for reading only

    Status write(Writer::Work work) const;
};

class Realms final : public store::RealmStore {
  public:
    explicit Realms(Access access) : access_(access) {}
    Result<std::vector<std::string>> list() const override;
    Result<std::vector<store::RealmObject>> load(std::string_view realm) const override;
    Result<bool> apply(std::string_view realm, const std::vector<store::RealmObject>& put,
                       const std::vector<store::RealmObject>& remove) override;
    Result<std::int64_t> version(std::string_view realm) const override;

  private:
    Access access_;
};

class Users final : public store::UserStore {
  public:
    explicit Users(Access access) : access_(access) {}
    Result<std::optional<User>> find(std::string_view realm, const UserId& id) const override;
    Result<std::optional<User>> find_by_username(std::string_view realm,
                                                 std::string_view username) const override;
    Result<std::vector<User>> find_by_email(std::string_view realm,
                                            std::string_view email) const override;
    Result<std::vector<User>> find_by_attribute(std::string_view realm, std::string_view name,
                                                std::string_view value,
                                                std::size_t limit) const override;
    Result<std::optional<User>> find_service_account(std::string_view realm,
                                                     const ClientId& client) const override;
    Result<std::size_t> put(std::string_view realm, const std::vector<User>& users) override;
    Result<std::optional<User>> update(std::string_view realm, const UserId& id,
                                       const std::function<void(User&)>& change) override;
    Status remove(std::string_view realm, const UserId& id) override;
    Result<std::size_t> count(std::string_view realm) const override;
    Result<std::vector<User>> list(std::string_view realm, const UserId& after,
                                   std::size_t limit) const override;

  private:
    Access access_;
};

class Sessions final : public store::SessionStore {
  public:
    explicit Sessions(Access access) : access_(access) {}
    Result<std::optional<Session>> find(std::string_view realm, const SessionId& id) const override;
    Result<std::vector<Session>> of_user(std::string_view realm, const UserId& user) const override;

  private:
    Access access_;
};

class Refresh final : public store::RefreshStore {
  public:
    explicit Refresh(Access access) : access_(access) {}
    Result<std::optional<store::RefreshToken>> find(std::string_view realm,
                                                    std::string_view hash) const override;
    Result<std::vector<RefreshFamily>> of_session(std::string_view realm,
                                                  const SessionId& session) const override;
    Result<std::vector<RefreshFamily>> without_session(std::string_view realm,
                                                       const UserId& user) const override;

  private:
    Access access_;
};

class ReferenceTokens final : public store::ReferenceTokenStore {
  public:
    explicit ReferenceTokens(Access access) : access_(access) {}
    Result<std::optional<ReferenceToken>> find(std::string_view realm,
                                               std::string_view hash) const override;

  private:
    Access access_;
};

class Relations final : public store::RelationStore {
  public:
    explicit Relations(Access access) : access_(access) {}
    Result<std::optional<Relation>> find(std::string_view realm,
                                         std::string_view id) const override;
    Result<std::vector<Relation>> between(std::string_view realm,
                                          const std::vector<RelationEnd>& actors,
                                          const std::vector<RelationEnd>& subjects) const override;
    Result<std::vector<Relation>> of_subject(std::string_view realm,
                                             const RelationEnd& subject) const override;
    Result<std::vector<Relation>> list_made_by_admins(std::string_view realm,
                                                      std::string_view after,
                                                      std::size_t limit) const override;

  private:
    Access access_;
};

class ApiKeys final : public store::ApiKeyStore {
  public:
    explicit ApiKeys(Access access) : access_(access) {}
    Result<std::optional<ApiKey>> find(std::string_view realm,
                                       std::string_view hash) const override;
    Result<std::vector<ApiKey>> of_user(std::string_view realm, const UserId& user) const override;

  private:
    Access access_;
};

class FederatedIdentities final : public store::FederatedIdentityStore {
  public:
    explicit FederatedIdentities(Access access) : access_(access) {}
    Result<std::optional<FederatedIdentity>> find(std::string_view realm, std::string_view issuer,
                                                  std::string_view subject) const override;
    Result<std::vector<FederatedIdentity>> of_user(std::string_view realm,
                                                   const UserId& user) const override;
    Result<std::size_t> put(std::string_view realm,
                            const std::vector<FederatedIdentity>& identities) override;
    Status remove(std::string_view realm, std::string_view issuer,
                  std::string_view subject) override;

  private:
    Access access_;
};

class HandOffs final : public store::HandOffStore {
  public:
    explicit HandOffs(Access access) : access_(access) {}
    Result<std::optional<HandOff>> find(std::string_view realm,
                                        std::string_view hash) const override;

  private:
    Access access_;
};

class Revocations final : public store::RevocationStore {
  public:
    explicit Revocations(Access access) : access_(access) {}
    Result<std::vector<Entry>> since(std::int64_t number, std::size_t limit) const override;

  private:
    Access access_;
};

class Keys final : public store::KeyStore {
  public:
    explicit Keys(Access access) : access_(access) {}
    Result<std::vector<store::KeyRow>> list(std::string_view realm) const override;
    Status put(std::string_view realm, const store::KeyRow& key) override;
    Status remove(std::string_view realm, std::string_view kid) override;

  private:
    Access access_;
};

class Failures final : public store::LoginFailureStore {
  public:
    explicit Failures(Access access) : access_(access) {}
    Result<store::LoginFailures> get(std::string_view realm, const UserId& user) const override;
    Result<store::LoginFailures> update(
        std::string_view realm, const UserId& user,
        const std::function<void(store::LoginFailures&)>& change) override;
    Status clear(std::string_view realm, const UserId& user) override;

  private:
    Access access_;
};

class Audit final : public store::AuditStore {
  public:
    Audit(const Readers& readers, std::string node) : readers_(readers), node_(std::move(node)) {}
    Result<std::optional<store::AuditRow>> find(std::string_view trace) const override;
    Status scan(const std::function<bool(const store::AuditRow&)>& visit) const override;
    Result<std::vector<store::AuditRow>> tail(std::size_t limit) const override;
    Result<std::vector<store::AuditBeginning>> beginnings() const override;

  private:
    const Readers& readers_;
    std::string node_;
};

// The oldest audit records, a slice of those of before then, once the chain is noted to begin
// behind them. Part of a transaction.
Result<std::size_t> remove_audit(sql::Connection& connection, std::int64_t before_us);

// What has expired, at most a slice of each kind. Part of a transaction.
Result<std::size_t> remove_expired(sql::Connection& connection, std::int64_t now);

}  // namespace cambist::store_sqlite
