// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

#include "store/codec.h"
#include "store_postgresql/nouns.h"
#include "store_postgresql/relations.h"

namespace cambist::store_postgresql {
namespace {

using postgresql::Connection;
using postgresql::Query;
using postgresql::Rows;

constexpr std::size_t kRoundOfUsers = 256;
constexpr std::size_t kMostTold = 1000;  // beyond it, the whole realm has changed

Result<std::vector<User>> read_users(const Rows& rows) {
    std::vector<User> users;
    for (int row = 0; row < rows.size(); ++row) {
        CAMBIST_TRY(auto user, store::parse_user(rows.text(row, 0)));
        users.push_back(std::move(user));
    }
    return users;
}

Result<std::optional<User>> find_one(const postgresql::Pool& pool, const Query& query) {
    CAMBIST_TRY(const auto rows, pool.read(query));
    CAMBIST_TRY(auto users, read_users(rows));
    return users.empty() ? std::optional<User>() : std::optional(std::move(users.front()));
}

Query put_user(std::string_view realm, const User& given) {
    const User user = store::normalized(given);
    return Query(
               "INSERT INTO realm_user AS old VALUES($1,$2,$3,$4,$5,$6) "
               "ON CONFLICT(realm,id) DO UPDATE SET username=excluded.username,"
               "email=excluded.email,service_account_of=excluded.service_account_of,"
               "body=excluded.body WHERE old.body IS DISTINCT FROM excluded.body")
        .text(realm)
        .text(user.id.text())
        .text(user.username)
        .text(user.email)
        .text(user.service_account_of.text())
        .text(store::render_user(user));
}

// Some of the users in one round trip; adds the ids of those that were written.
Status put_round(Connection& connection, std::string_view realm, std::span<const User> users,
                 std::vector<std::string>& written) {
    std::vector<Query> queries;
    for (const auto& user : users) queries.push_back(put_user(realm, user));
    auto outcome = connection.run_all(queries);
    if (!outcome.status) {
        auto& error = outcome.status.error();
        if (error.code == ErrorCode::kConflict)
            error.hint = "the user name \"" + users[outcome.rows.size()].username +
                         "\" is taken, or its client has a service account already";
        return std::unexpected(std::move(error));
    }
    for (std::size_t i = 0; i < users.size(); ++i)
        if (outcome.rows[i].changed() > 0) written.push_back(users[i].id.text());
    return {};
}

// Tells the other nodes, as the last thing before the commit: under this lock the numbers become
// visible in their order, so that nobody who asks for what is new misses one.
Status tell_changes(Connection& connection, std::string_view realm,
                    const std::vector<std::string>& users) {
    if (users.empty()) return {};
    const bool are_many = users.size() > kMostTold;
    const std::vector<Query> queries{
        Query("SELECT pg_advisory_xact_lock(1667329378,1970496882)"),  // "camb", "user"
        Query("INSERT INTO user_change(realm,user_id) SELECT $1,* FROM unnest($2)")
            .text(realm)
            .texts(are_many ? std::vector<std::string>{""} : users)};
    return connection.run_all(queries).status;
}

}  // namespace

Result<std::optional<User>> Users::find(std::string_view realm, const UserId& id) const {
    return find_one(
        access_.pool,
        Query("SELECT body FROM realm_user WHERE realm=$1 AND id=$2").text(realm).text(id.text()));
}

Result<std::optional<User>> Users::find_by_username(std::string_view realm,
                                                    std::string_view username) const {
    return find_one(access_.pool,
                    Query("SELECT body FROM realm_user WHERE realm=$1 AND username=$2")
                        .text(realm)
                        .text(store::normalized_name(username)));
}

Result<std::vector<User>> Users::find_by_email(std::string_view realm,
                                               std::string_view email) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT body FROM realm_user WHERE realm=$1 AND email=$2 "
                                        "AND email<>'' ORDER BY id")
                                      .text(realm)
                                      .text(store::normalized_name(email))));
    return read_users(rows);
}

Result<std::vector<User>> Users::find_by_attribute(std::string_view realm, std::string_view name,
                                                   std::string_view value,
                                                   std::size_t limit) const {
    CAMBIST_TRY(const auto rows,
                // The expression of the index, to the letter.
                access_.pool.read(Query("SELECT body FROM realm_user WHERE realm=$1 AND "
                                        "user_attributes(body) @> jsonb_build_object($2::text,"
                                        "jsonb_build_array($3::text)) ORDER BY id LIMIT $4")
                                      .text(realm)
                                      .text(name)
                                      .text(value)
                                      .number(limit)));
    return read_users(rows);
}

Result<std::optional<User>> Users::find_service_account(std::string_view realm,
                                                        const ClientId& client) const {
    return find_one(access_.pool,
                    Query("SELECT body FROM realm_user WHERE realm=$1 AND service_account_of=$2 "
                          "AND service_account_of<>''")
                        .text(realm)
                        .text(client.text()));
}

Result<std::size_t> Users::put(std::string_view realm, const std::vector<User>& users) {
    std::vector<std::string> written;
    auto done = access_.write_and_tell([&](Connection& connection) -> Status {
        written.clear();
        for (std::size_t first = 0; first < users.size(); first += kRoundOfUsers) {
            const auto count = std::min(kRoundOfUsers, users.size() - first);
            CAMBIST_CHECK(
                put_round(connection, realm, std::span(users).subspan(first, count), written));
        }
        return tell_changes(connection, realm, written);
    });
    CAMBIST_CHECK(std::move(done));
    return written.size();
}

Result<std::optional<User>> Users::update(std::string_view realm, const UserId& id,
                                          const std::function<void(User&)>& change) {
    std::optional<User> user;
    auto done = access_.write([&](Connection& connection) -> Status {
        const std::vector<Query> lock{
            Query("SELECT body FROM realm_user WHERE realm=$1 AND id=$2 FOR UPDATE")
                .text(realm)
                .text(id.text())};
        auto outcome = connection.run_all(lock);
        if (!outcome.status) return std::move(outcome.status);
        CAMBIST_TRY(auto users, read_users(outcome.rows.front()));
        user.reset();
        if (users.empty()) return {};
        user = std::move(users.front());
        change(*user);
        std::vector<std::string> written;
        CAMBIST_CHECK(put_round(connection, realm, std::span(&*user, 1), written));
        return tell_changes(connection, realm, written);
    });
    CAMBIST_CHECK(std::move(done));
    return user;
}

Status Users::remove(std::string_view realm, const UserId& id) {
    const auto of_user = [&](std::string_view sql) {
        return Query(sql).text(realm).text(id.text());
    };
    std::vector<Query> queries{
        of_user("DELETE FROM refresh_token WHERE realm=$1 AND family IN (SELECT f.id FROM "
                "refresh_family f WHERE f.realm=$1 AND (f.user_id=$2 OR (f.session<>'' AND "
                "f.session IN (SELECT s.id FROM session s WHERE s.realm=$1 AND s.user_id=$2))))"),
        of_user("DELETE FROM refresh_family f WHERE f.realm=$1 AND (f.user_id=$2 OR (f.session<>'' "
                "AND f.session IN (SELECT s.id FROM session s WHERE s.realm=$1 AND "
                "s.user_id=$2)))"),
        of_user("DELETE FROM session WHERE realm=$1 AND user_id=$2"),
        of_user("DELETE FROM login_failure WHERE realm=$1 AND user_id=$2"),
        of_user("DELETE FROM realm_user WHERE realm=$1 AND id=$2")};
    for (auto& query : remove_ties(realm, id)) queries.push_back(std::move(query));
    return access_.write_and_tell([&](Connection& connection) -> Status {
        CAMBIST_CHECK(hold_commits(connection));
        CAMBIST_CHECK(connection.run_all(queries).status);
        return tell_changes(connection, realm, {id.text()});
    });
}

Result<std::size_t> Users::count(std::string_view realm) const {
    CAMBIST_TRY(
        const auto rows,
        access_.pool.read(Query("SELECT count(*) FROM realm_user WHERE realm=$1").text(realm)));
    return static_cast<std::size_t>(rows.int64(0, 0));
}

Result<std::vector<User>> Users::list(std::string_view realm, const UserId& after,
                                      std::size_t limit) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT body FROM realm_user WHERE realm=$1 AND id>$2 "
                                        "ORDER BY id LIMIT $3")
                                      .text(realm)
                                      .text(after.text())
                                      .number(limit)));
    return read_users(rows);
}

// The newest change is never forgotten, so the oldest that is known is not newer than `number`
// unless some were forgotten since.
Result<store::UserChanges> Users::changes_since(std::int64_t number) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT number,realm,user_id,(SELECT min(number) FROM "
                                        "user_change) FROM user_change WHERE number>$1 "
                                        "ORDER BY number")
                                      .number(number)));
    store::UserChanges changes;
    changes.number = number;
    for (int row = 0; row < rows.size(); ++row) {
        changes.number = rows.int64(row, 0);
        changes.is_complete = number == 0 || rows.int64(row, 3) <= number;
        changes.users.push_back({rows.text(row, 1), UserId(rows.text(row, 2))});
    }
    return changes;
}

}  // namespace cambist::store_postgresql
