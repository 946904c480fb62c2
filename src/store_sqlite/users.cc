// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"
#include "store_sqlite/apply.h"
#include "store_sqlite/nouns.h"
#include "store_sqlite/relations.h"

namespace cambist::store_sqlite {
namespace {

constexpr std::string_view kById = "SELECT body FROM user WHERE realm=?1 AND id=?2";

Result<std::optional<User>> select_user(sql::Connection& connection, std::string_view sql,
                                        std::string_view realm, std::string_view key) {
    CAMBIST_TRY(auto select, connection.prepare(sql));
    CAMBIST_TRY(const bool is_row, select.bind(1, realm).bind(2, key).step());
    if (!is_row) return std::optional<User>();
    CAMBIST_TRY(auto user, store::parse_user(select.text(0)));
    return std::optional(std::move(user));
}

Result<std::optional<User>> find_one(const Readers& readers, std::string_view sql,
                                     std::string_view realm, std::string_view key) {
    CAMBIST_TRY(auto reader, readers.borrow());
    return select_user(*reader, sql, realm, key);
}

Result<std::vector<User>> read_users(sql::Statement& select) {
    std::vector<User> users;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return users;
        CAMBIST_TRY(auto user, store::parse_user(select.text(0)));
        users.push_back(std::move(user));
    }
}

// Inserts or replaces; true when that changed anything.
Result<bool> put_user(sql::Connection& connection, std::string_view realm, const User& user) {
    CAMBIST_TRY(auto put, connection.prepare(
                              "INSERT INTO user(realm,id,username,email,service_account_of,body) "
                              "VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(realm,id) DO UPDATE SET "
                              "username=excluded.username,email=excluded.email,"
                              "service_account_of=excluded.service_account_of,body=excluded.body "
                              "WHERE body IS NOT excluded.body"));
    auto status = put.bind(1, realm)
                      .bind(2, user.id.text())
                      .bind(3, user.username)
                      .bind(4, user.email)
                      .bind(5, user.service_account_of.text())
                      .bind(6, store::render_user(user))
                      .run();
    if (status) {
        const bool changed = connection.changes() > 0;
        if (changed) CAMBIST_CHECK(put_attributes(connection, realm, user));
        return changed;
    }
    if (status.error().code == ErrorCode::kConflict)
        status.error().hint = "the user name \"" + user.username +
                              "\" is taken, or its client has a service account already";
    return std::unexpected(std::move(status).error());
}

// Ids of what belongs to a user, read before it is removed.
Result<std::vector<std::string>> ids_of(sql::Connection& connection, std::string_view sql,
                                        std::string_view realm, const UserId& user) {
    CAMBIST_TRY(auto select, connection.prepare(sql));
    select.bind(1, realm).bind(2, user.text());
    std::vector<std::string> ids;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return ids;
        ids.emplace_back(select.text(0));
    }
}

Status remove_rows(sql::Connection& connection, std::string_view sql, std::string_view realm,
                   const UserId& user) {
    CAMBIST_TRY(auto remove, connection.prepare(sql));
    return remove.bind(1, realm).bind(2, user.text()).run();
}

Status remove_user(sql::Connection& connection, std::string_view realm, const UserId& id) {
    CAMBIST_TRY(const auto sessions,
                ids_of(connection, "SELECT id FROM session WHERE realm=?1 AND user=?2", realm, id));
    CAMBIST_TRY(
        const auto families,
        ids_of(connection, "SELECT id FROM refresh_family WHERE realm=?1 AND user=?2", realm, id));
    for (const auto& session : sessions) CAMBIST_CHECK(end_session(connection, realm, session));
    for (const auto& family : families) CAMBIST_CHECK(remove_family(connection, realm, family));
    CAMBIST_CHECK(remove_ties(connection, realm, id));
    CAMBIST_CHECK(
        remove_rows(connection, "DELETE FROM login_failure WHERE realm=?1 AND user=?2", realm, id));
    return remove_rows(connection, "DELETE FROM user WHERE realm=?1 AND id=?2", realm, id);
}

}  // namespace

Result<std::optional<User>> Users::find(std::string_view realm, const UserId& id) const {
    return find_one(access_.readers, kById, realm, id.text());
}

Result<std::optional<User>> Users::find_by_username(std::string_view realm,
                                                    std::string_view username) const {
    return find_one(access_.readers, "SELECT body FROM user WHERE realm=?1 AND username=?2", realm,
                    store::normalized_name(username));
}

Result<std::vector<User>> Users::find_by_email(std::string_view realm,
                                               std::string_view email) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare("SELECT body FROM user WHERE realm=?1 AND email=?2 "
                                             "AND email<>'' ORDER BY id"));
    select.bind(1, realm).bind(2, store::normalized_name(email));
    return read_users(select);
}

Result<std::vector<User>> Users::find_by_attribute(std::string_view realm, std::string_view name,
                                                   std::string_view value,
                                                   std::size_t limit) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT u.body FROM user_attribute a JOIN user u ON "
                                "u.realm=a.realm AND u.id=a.user WHERE a.realm=?1 AND a.name=?2 "
                                "AND a.value=?3 ORDER BY a.user LIMIT ?4"));
    select.bind(1, realm).bind(2, name).bind(3, value).bind(4, limit);
    return read_users(select);
}

Result<std::optional<User>> Users::find_service_account(std::string_view realm,
                                                        const ClientId& client) const {
    return find_one(access_.readers,
                    "SELECT body FROM user WHERE realm=?1 AND service_account_of=?2 "
                    "AND service_account_of<>''",
                    realm, client.text());
}

Result<std::size_t> Users::put(std::string_view realm, const std::vector<User>& users) {
    std::size_t written = 0;
    CAMBIST_CHECK(access_.write([&](sql::Connection& connection) -> Status {
        for (const auto& user : users) {
            CAMBIST_TRY(const bool changed, put_user(connection, realm, store::normalized(user)));
            written += changed ? 1 : 0;
        }
        return {};
    }));
    return written;
}

Result<std::optional<User>> Users::update(std::string_view realm, const UserId& id,
                                          const std::function<void(User&)>& change) {
    std::optional<User> user;
    auto done = access_.write([&](sql::Connection& connection) -> Status {
        CAMBIST_TRY(user, select_user(connection, kById, realm, id.text()));
        if (!user) return {};
        change(*user);
        CAMBIST_CHECK(put_user(connection, realm, *user));
        return {};
    });
    CAMBIST_CHECK(std::move(done));
    return user;
}

Status Users::remove(std::string_view realm, const UserId& id) {
    return access_.write(
        [&](sql::Connection& connection) { return remove_user(connection, realm, id); });
}

Result<std::size_t> Users::count(std::string_view realm) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare("SELECT count(*) FROM user WHERE realm=?1"));
    CAMBIST_TRY(const bool is_row, select.bind(1, realm).step());
    return is_row ? static_cast<std::size_t>(select.int64(0)) : 0;
}

Result<std::vector<User>> Users::list(std::string_view realm, const UserId& after,
                                      std::size_t limit) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare("SELECT body FROM user WHERE realm=?1 AND id>?2 "
                                             "ORDER BY id LIMIT ?3"));
    select.bind(1, realm).bind(2, after.text()).bind(3, limit);
    return read_users(select);
}

}  // namespace cambist::store_sqlite
