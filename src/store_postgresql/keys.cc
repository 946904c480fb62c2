// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/nouns.h"

namespace cambist::store_postgresql {
namespace {

using postgresql::Connection;
using postgresql::Query;
using postgresql::Rows;

store::LoginFailures read_failures(const Rows& rows) {
    if (rows.empty()) return {};
    return {rows.int64(0, 0), rows.int64(0, 1), rows.int64(0, 2)};
}

}  // namespace

Result<std::vector<store::KeyRow>> Keys::list(std::string_view realm) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(
                    Query("SELECT kid,algorithm,state,priority,created,sealed,"
                          "certificate,source,activates,retires FROM signing_key WHERE realm=$1 "
                          "ORDER BY kid")
                        .text(realm)));
    std::vector<store::KeyRow> keys;
    for (int row = 0; row < rows.size(); ++row)
        keys.push_back({.kid = rows.text(row, 0),
                        .algorithm = rows.text(row, 1),
                        .state = rows.text(row, 2),
                        .priority = rows.int64(row, 3),
                        .created = rows.int64(row, 4),
                        .sealed = std::string(rows.bytes(row, 5)),
                        .certificate = std::string(rows.bytes(row, 6)),
                        .source = rows.text(row, 7),
                        .activates = rows.int64(row, 8),
                        .retires = rows.int64(row, 9)});
    return keys;
}

Status Keys::put(std::string_view realm, const store::KeyRow& key) {
    return access_.write([&](Connection& connection) -> Status {
        return connection.execute(
            Query("INSERT INTO signing_key VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) "
                  "ON CONFLICT(realm,kid) DO UPDATE SET algorithm=excluded.algorithm,"
                  "state=excluded.state,priority=excluded.priority,created=excluded.created,"
                  "sealed=excluded.sealed,certificate=excluded.certificate,source=excluded.source,"
                  "activates=excluded.activates,retires=excluded.retires")
                .text(realm)
                .text(key.kid)
                .text(key.algorithm)
                .text(key.state)
                .number(key.priority)
                .number(key.created)
                .bytes(key.sealed)
                .bytes(key.certificate)
                .text(key.source)
                .number(key.activates)
                .number(key.retires));
    });
}

Status Keys::remove(std::string_view realm, std::string_view kid) {
    return access_.write([&](Connection& connection) -> Status {
        return connection.execute(
            Query("DELETE FROM signing_key WHERE realm=$1 AND kid=$2").text(realm).text(kid));
    });
}

Result<store::LoginFailures> Failures::get(std::string_view realm, const UserId& user) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT count,last_ms,locked_until FROM login_failure "
                                        "WHERE realm=$1 AND user_id=$2")
                                      .text(realm)
                                      .text(user.text())));
    return read_failures(rows);
}

Result<store::LoginFailures> Failures::update(
    std::string_view realm, const UserId& user,
    const std::function<void(store::LoginFailures&)>& change) {
    store::LoginFailures failures;
    auto done = access_.write([&](Connection& connection) -> Status {
        // The row first, so that there is one to lock.
        const std::vector<Query> lock{
            Query("INSERT INTO login_failure VALUES($1,$2,0,0,0) ON CONFLICT DO NOTHING")
                .text(realm)
                .text(user.text()),
            Query("SELECT count,last_ms,locked_until FROM login_failure WHERE realm=$1 AND "
                  "user_id=$2 FOR UPDATE")
                .text(realm)
                .text(user.text())};
        auto outcome = connection.run_all(lock);
        if (!outcome.status) return std::move(outcome.status);
        failures = read_failures(outcome.rows.back());
        change(failures);
        return connection.execute(Query("UPDATE login_failure SET count=$3,last_ms=$4,"
                                        "locked_until=$5 WHERE realm=$1 AND user_id=$2")
                                      .text(realm)
                                      .text(user.text())
                                      .number(failures.count)
                                      .number(failures.last_ms)
                                      .number(failures.locked_until));
    });
    CAMBIST_CHECK(std::move(done));
    return failures;
}

Status Failures::clear(std::string_view realm, const UserId& user) {
    {
        // Asked after every log-in: only the rare one that follows failures is worth a write.
        CAMBIST_TRY(const auto rows,
                    access_.pool.read(Query("SELECT 1::bigint FROM login_failure WHERE realm=$1 "
                                            "AND user_id=$2")
                                          .text(realm)
                                          .text(user.text())));
        if (rows.empty()) return {};
    }
    return access_.write([&](Connection& connection) -> Status {
        return connection.execute(Query("DELETE FROM login_failure WHERE realm=$1 AND user_id=$2")
                                      .text(realm)
                                      .text(user.text()));
    });
}

}  // namespace cambist::store_postgresql
