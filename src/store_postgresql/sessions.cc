// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/nouns.h"
#include "store_postgresql/rows.h"

namespace cambist::store_postgresql {

using postgresql::Query;

namespace {

// All rows of body, expires, uses.
Result<std::vector<RefreshFamily>> read_families(const postgresql::Rows& rows) {
    std::vector<RefreshFamily> families;
    for (int row = 0; row < rows.size(); ++row) {
        CAMBIST_TRY(auto family, read_family(rows, row, 0));
        families.push_back(std::move(family));
    }
    return families;
}

}  // namespace

Result<std::optional<Session>> Sessions::find(std::string_view realm, const SessionId& id) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT id,user_id,client_id,started,last_access,expires,"
                                        "auth_method,acr,offline,device_hash FROM session "
                                        "WHERE realm=$1 AND id=$2")
                                      .text(realm)
                                      .text(id.text())));
    return rows.empty() ? std::optional<Session>() : std::optional(read_session(rows, 0));
}

Result<std::vector<Session>> Sessions::of_user(std::string_view realm, const UserId& user) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT id,user_id,client_id,started,last_access,expires,"
                                        "auth_method,acr,offline,device_hash FROM session "
                                        "WHERE realm=$1 AND user_id=$2 ORDER BY id")
                                      .text(realm)
                                      .text(user.text())));
    std::vector<Session> sessions;
    for (int row = 0; row < rows.size(); ++row) sessions.push_back(read_session(rows, row));
    return sessions;
}

Result<std::optional<store::RefreshToken>> Refresh::find(std::string_view realm,
                                                         std::string_view hash) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT t.state,t.uses,f.body,f.expires,f.uses "
                                        "FROM refresh_token t JOIN refresh_family f "
                                        "ON f.realm=t.realm AND f.id=t.family "
                                        "WHERE t.realm=$1 AND t.hash=$2")
                                      .text(realm)
                                      .text(hash)));
    if (rows.empty()) return std::optional<store::RefreshToken>();
    store::RefreshToken token;
    token.state = static_cast<store::RefreshState>(rows.int64(0, 0));
    token.uses = rows.int64(0, 1);
    CAMBIST_TRY(token.family, read_family(rows, 0, 2));
    return std::optional(std::move(token));
}

Result<std::vector<RefreshFamily>> Refresh::of_session(std::string_view realm,
                                                       const SessionId& session) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT body,expires,uses FROM refresh_family WHERE "
                                        "realm=$1 AND session=$2 AND session<>'' ORDER BY id")
                                      .text(realm)
                                      .text(session.text())));
    return read_families(rows);
}

Result<std::vector<RefreshFamily>> Refresh::without_session(std::string_view realm,
                                                            const UserId& user) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT body,expires,uses FROM refresh_family WHERE "
                                        "realm=$1 AND user_id=$2 AND session='' ORDER BY id")
                                      .text(realm)
                                      .text(user.text())));
    return read_families(rows);
}

Result<std::optional<ReferenceToken>> ReferenceTokens::find(std::string_view realm,
                                                            std::string_view hash) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT claims,expires FROM reference_token "
                                        "WHERE realm=$1 AND hash=$2")
                                      .text(realm)
                                      .text(hash)));
    if (rows.empty()) return std::optional<ReferenceToken>();
    return std::optional(ReferenceToken{
        .hash = std::string(hash), .claims = rows.text(0, 0), .expires = rows.int64(0, 1)});
}

Result<std::vector<store::RevocationStore::Entry>> Revocations::since(std::int64_t number,
                                                                      std::size_t limit) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT number,realm,kind,id,issued_before,until FROM "
                                        "revocation WHERE number>$1 ORDER BY number LIMIT $2")
                                      .number(number)
                                      .number(limit)));
    std::vector<Entry> entries;
    for (int row = 0; row < rows.size(); ++row)
        entries.push_back({.number = rows.int64(row, 0),
                           .realm = rows.text(row, 1),
                           .revocation = {.kind = static_cast<RevocationKind>(rows.int64(row, 2)),
                                          .id = rows.text(row, 3),
                                          .before = rows.int64(row, 4),
                                          .until = rows.int64(row, 5)}});
    return entries;
}

}  // namespace cambist::store_postgresql
