// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"
#include "store_sqlite/nouns.h"
#include "store_sqlite/relations.h"

namespace cambist::store_sqlite {
namespace {

constexpr std::string_view kColumns = "issuer,subject,user,username,created";

FederatedIdentity read_row(const sql::Statement& row) {
    return {.issuer = std::string(row.text(0)),
            .subject = std::string(row.text(1)),
            .user = UserId(std::string(row.text(2))),
            .username = std::string(row.text(3)),
            .created_ms = row.int64(4)};
}

Status bind_and_run(sql::Statement& statement, std::string_view realm,
                    const FederatedIdentity& identity) {
    return statement.bind(1, realm)
        .bind(2, identity.issuer)
        .bind(3, identity.subject)
        .bind(4, identity.user.text())
        .bind(5, identity.username)
        .bind(6, identity.created_ms)
        .run();
}

std::string select(std::string_view where) {
    return "SELECT " + std::string(kColumns) + " FROM federated_identity WHERE " +
           std::string(where);
}

}  // namespace

Status add_federated_identity(sql::Connection& connection, std::string_view realm,
                              const FederatedIdentity& identity) {
    CAMBIST_TRY(auto insert,
                connection.prepare("INSERT INTO federated_identity VALUES(?1,?2,?3,?4,?5,?6)"));
    return bind_and_run(insert, realm, identity);
}

Status add_user(sql::Connection& connection, std::string_view realm, const User& given) {
    const auto user = store::normalized(given);
    CAMBIST_TRY(auto insert, connection.prepare(
                                 "INSERT INTO user(realm,id,username,email,service_account_of,body)"
                                 " VALUES(?1,?2,?3,?4,?5,?6)"));
    CAMBIST_CHECK(insert.bind(1, realm)
                      .bind(2, user.id.text())
                      .bind(3, user.username)
                      .bind(4, user.email)
                      .bind(5, user.service_account_of.text())
                      .bind(6, store::render_user(user))
                      .run());
    return put_attributes(connection, realm, user);
}

Status put_attributes(sql::Connection& connection, std::string_view realm, const User& user) {
    CAMBIST_TRY(auto remove,
                connection.prepare("DELETE FROM user_attribute WHERE realm=?1 AND user=?2"));
    CAMBIST_CHECK(remove.bind(1, realm).bind(2, user.id.text()).run());
    for (const auto& [name, values] : user.attributes) {
        for (const auto& value : values) {
            CAMBIST_TRY(auto insert,
                        connection.prepare("INSERT INTO user_attribute(realm,name,value,user) "
                                           "VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING"));
            CAMBIST_CHECK(
                insert.bind(1, realm).bind(2, name).bind(3, value).bind(4, user.id.text()).run());
        }
    }
    return {};
}

Result<std::optional<FederatedIdentity>> FederatedIdentities::find(std::string_view realm,
                                                                   std::string_view issuer,
                                                                   std::string_view subject) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto query, reader->prepare(select("realm=?1 AND issuer=?2 AND subject=?3")));
    CAMBIST_TRY(const bool is_row, query.bind(1, realm).bind(2, issuer).bind(3, subject).step());
    if (!is_row) return std::optional<FederatedIdentity>();
    return std::optional(read_row(query));
}

Result<std::vector<FederatedIdentity>> FederatedIdentities::of_user(std::string_view realm,
                                                                    const UserId& user) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto query,
                reader->prepare(select("realm=?1 AND user=?2 ORDER BY issuer,subject")));
    query.bind(1, realm).bind(2, user.text());
    std::vector<FederatedIdentity> identities;
    while (true) {
        CAMBIST_TRY(const bool is_row, query.step());
        if (!is_row) return identities;
        identities.push_back(read_row(query));
    }
}

Result<std::size_t> FederatedIdentities::put(std::string_view realm,
                                             const std::vector<FederatedIdentity>& identities) {
    std::size_t written = 0;
    auto done = access_.write([&](sql::Connection& connection) -> Status {
        for (const auto& identity : identities) {
            CAMBIST_TRY(auto put,
                        connection.prepare(
                            "INSERT INTO federated_identity VALUES(?1,?2,?3,?4,?5,?6) "
                            "ON CONFLICT(realm,issuer,subject) DO UPDATE SET user=excluded.user,"
                            "username=excluded.username,created=excluded.created "
                            "WHERE user IS NOT excluded.user OR username IS NOT excluded.username "
                            "OR created IS NOT excluded.created"));
            CAMBIST_CHECK(bind_and_run(put, realm, identity));
            written += connection.changes() > 0 ? 1 : 0;
        }
        return {};
    });
    CAMBIST_CHECK(std::move(done));
    return written;
}

Status FederatedIdentities::remove(std::string_view realm, std::string_view issuer,
                                   std::string_view subject) {
    return access_.write([&](sql::Connection& connection) -> Status {
        CAMBIST_TRY(auto remove, connection.prepare("DELETE FROM federated_identity WHERE "
                                                    "realm=?1 AND issuer=?2 AND subject=?3"));
        return remove.bind(1, realm).bind(2, issuer).bind(3, subject).run();
    });
}

}  // namespace cambist::store_sqlite
