// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/nouns.h"

namespace cambist::store_sqlite {
namespace {

Result<store::LoginFailures> read_failures(sql::Connection& connection, std::string_view realm,
                                           const UserId& user) {
    CAMBIST_TRY(auto select, connection.prepare("SELECT count,last_ms,locked_until FROM "
                                                "login_failure WHERE realm=?1 AND user=?2"));
    CAMBIST_TRY(const bool is_row, select.bind(1, realm).bind(2, user.text()).step());
    if (!is_row) return store::LoginFailures{};
    return store::LoginFailures{select.int64(0), select.int64(1), select.int64(2)};
}

Status write_failures(sql::Connection& connection, std::string_view realm, const UserId& user,
                      const store::LoginFailures& failures) {
    CAMBIST_TRY(auto put,
                connection.prepare("INSERT OR REPLACE INTO login_failure VALUES(?1,?2,?3,?4,?5)"));
    return put.bind(1, realm)
        .bind(2, user.text())
        .bind(3, failures.count)
        .bind(4, failures.last_ms)
        .bind(5, failures.locked_until)
        .run();
}

}  // namespace

Result<std::vector<store::KeyRow>> Keys::list(std::string_view realm) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(
        auto select,
        reader->prepare("SELECT kid,algorithm,state,priority,created,sealed,certificate,"
                        "source,activates,retires FROM signing_key WHERE realm=?1 ORDER BY kid"));
    select.bind(1, realm);
    std::vector<store::KeyRow> keys;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return keys;
        keys.push_back({.kid = std::string(select.text(0)),
                        .algorithm = std::string(select.text(1)),
                        .state = std::string(select.text(2)),
                        .priority = select.int64(3),
                        .created = select.int64(4),
                        .sealed = std::string(select.blob(5)),
                        .certificate = std::string(select.blob(6)),
                        .source = std::string(select.text(7)),
                        .activates = select.int64(8),
                        .retires = select.int64(9)});
    }
}

Status Keys::put(std::string_view realm, const store::KeyRow& key) {
    return access_.write([&](sql::Connection& connection) -> Status {
        CAMBIST_TRY(auto put, connection.prepare("INSERT OR REPLACE INTO signing_key "
                                                 "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,"
                                                 "?11)"));
        return put.bind(1, realm)
            .bind(2, key.kid)
            .bind(3, key.algorithm)
            .bind(4, key.state)
            .bind(5, key.priority)
            .bind(6, key.created)
            .bind_blob(7, key.sealed)
            .bind_blob(8, key.certificate)
            .bind(9, key.source)
            .bind(10, key.activates)
            .bind(11, key.retires)
            .run();
    });
}

Status Keys::remove(std::string_view realm, std::string_view kid) {
    return access_.write([&](sql::Connection& connection) -> Status {
        CAMBIST_TRY(auto remove,
                    connection.prepare("DELETE FROM signing_key WHERE realm=?1 AND kid=?2"));
        return remove.bind(1, realm).bind(2, kid).run();
    });
}

Result<store::LoginFailures> Failures::get(std::string_view realm, const UserId& user) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    return read_failures(*reader, realm, user);
}

Result<store::LoginFailures> Failures::update(
    std::string_view realm, const UserId& user,
    const std::function<void(store::LoginFailures&)>& change) {
    store::LoginFailures failures;
    CAMBIST_CHECK(access_.write([&](sql::Connection& connection) -> Status {
        CAMBIST_TRY(failures, read_failures(connection, realm, user));
        change(failures);
        return write_failures(connection, realm, user, failures);
    }));
    return failures;
}

Status Failures::clear(std::string_view realm, const UserId& user) {
    {
        // Asked after every log-in: only the rare one that follows failures is worth a write.
        CAMBIST_TRY(auto reader, access_.readers.borrow());
        CAMBIST_TRY(auto select, reader->prepare("SELECT 1 FROM login_failure WHERE realm=?1 AND "
                                                 "user=?2"));
        CAMBIST_TRY(const bool is_there, select.bind(1, realm).bind(2, user.text()).step());
        if (!is_there) return {};
    }
    return access_.write([&](sql::Connection& connection) -> Status {
        CAMBIST_TRY(auto remove,
                    connection.prepare("DELETE FROM login_failure WHERE realm=?1 AND user=?2"));
        return remove.bind(1, realm).bind(2, user.text()).run();
    });
}

}  // namespace cambist::store_sqlite
