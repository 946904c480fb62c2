// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"
#include "store_postgresql/nouns.h"
#include "store_postgresql/relations.h"

namespace cambist::store_postgresql {

using postgresql::Connection;
using postgresql::Query;
using postgresql::Rows;

namespace {

std::vector<FederatedIdentity> read_rows(const Rows& rows) {
    std::vector<FederatedIdentity> identities;
    for (int row = 0; row < rows.size(); ++row)
        identities.push_back({.issuer = rows.text(row, 0),
                              .subject = rows.text(row, 1),
                              .user = UserId(rows.text(row, 2)),
                              .username = rows.text(row, 3),
                              .created_ms = rows.int64(row, 4)});
    return identities;
}

Query with_members(Query query, std::string_view realm, const FederatedIdentity& identity) {
    return std::move(query.text(realm)
                         .text(identity.issuer)
                         .text(identity.subject)
                         .text(identity.user.text())
                         .text(identity.username)
                         .number(identity.created_ms));
}

}  // namespace

Query insert_federated_identity(std::string_view realm, const FederatedIdentity& identity) {
    return with_members(
        Query("INSERT INTO federated_identity VALUES($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING"),
        realm, identity);
}

Query insert_user(std::string_view realm, const User& given) {
    const auto user = store::normalized(given);
    return Query("INSERT INTO realm_user VALUES($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING")
        .text(realm)
        .text(user.id.text())
        .text(user.username)
        .text(user.email)
        .text(user.service_account_of.text())
        .text(store::render_user(user));
}

Result<std::optional<FederatedIdentity>> FederatedIdentities::find(std::string_view realm,
                                                                   std::string_view issuer,
                                                                   std::string_view subject) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT issuer,subject,user_id,username,created FROM "
                                        "federated_identity WHERE realm=$1 AND issuer=$2 AND "
                                        "subject=$3")
                                      .text(realm)
                                      .text(issuer)
                                      .text(subject)));
    auto found = read_rows(rows);
    return found.empty() ? std::optional<FederatedIdentity>()
                         : std::optional(std::move(found.front()));
}

Result<std::vector<FederatedIdentity>> FederatedIdentities::of_user(std::string_view realm,
                                                                    const UserId& user) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT issuer,subject,user_id,username,created FROM "
                                        "federated_identity WHERE realm=$1 AND user_id=$2 "
                                        "ORDER BY issuer,subject")
                                      .text(realm)
                                      .text(user.text())));
    return read_rows(rows);
}

Result<std::size_t> FederatedIdentities::put(std::string_view realm,
                                             const std::vector<FederatedIdentity>& identities) {
    std::size_t written = 0;
    auto done = access_.write([&](Connection& connection) -> Status {
        written = 0;
        std::vector<Query> queries;
        for (const auto& identity : identities)
            queries.push_back(with_members(
                Query("INSERT INTO federated_identity AS old VALUES($1,$2,$3,$4,$5,$6) "
                      "ON CONFLICT(realm,issuer,subject) DO UPDATE SET user_id=excluded.user_id,"
                      "username=excluded.username,created=excluded.created WHERE "
                      "(old.user_id,old.username,old.created) IS DISTINCT FROM "
                      "(excluded.user_id,excluded.username,excluded.created)"),
                realm, identity));
        auto outcome = connection.run_all(queries);
        if (!outcome.status) return outcome.status;
        for (const auto& rows : outcome.rows) written += rows.changed() > 0 ? 1 : 0;
        return {};
    });
    CAMBIST_CHECK(std::move(done));
    return written;
}

Status FederatedIdentities::remove(std::string_view realm, std::string_view issuer,
                                   std::string_view subject) {
    return access_.write([&](Connection& connection) -> Status {
        const std::vector<Query> queries{
            Query("DELETE FROM federated_identity WHERE realm=$1 AND issuer=$2 AND subject=$3")
                .text(realm)
                .text(issuer)
                .text(subject)};
        return connection.run_all(queries).status;
    });
}

}  // namespace cambist::store_postgresql
