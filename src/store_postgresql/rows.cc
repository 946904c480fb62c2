// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/rows.h"

#include "store/codec.h"

namespace cambist::store_postgresql {

using postgresql::Query;
using postgresql::Rows;

Session read_session(const Rows& rows, int row) {
    Session session;
    session.id = SessionId(rows.text(row, 0));
    session.user = UserId(rows.text(row, 1));
    session.client = ClientId(rows.text(row, 2));
    session.started = rows.int64(row, 3);
    session.last_access = rows.int64(row, 4);
    session.expires = rows.int64(row, 5);
    session.auth_method = rows.text(row, 6);
    session.acr = rows.text(row, 7);
    session.offline = rows.int64(row, 8) != 0;
    session.device_hash = rows.text(row, 9);
    return session;
}

Query insert_session(std::string_view realm, const Session& session) {
    return Query(
               "INSERT INTO session VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) "
               "ON CONFLICT DO NOTHING")
        .text(realm)
        .text(session.id.text())
        .text(session.user.text())
        .text(session.client.text())
        .number(session.started)
        .number(session.last_access)
        .number(session.expires)
        .text(session.auth_method)
        .text(session.acr)
        .number(session.offline)
        .text(session.device_hash);
}

std::vector<Query> end_session(std::string_view realm, std::string_view id) {
    return {Query("DELETE FROM refresh_token WHERE realm=$1 AND family IN (SELECT id FROM "
                  "refresh_family WHERE realm=$1 AND session=$2 AND session<>'')")
                .text(realm)
                .text(id),
            Query("DELETE FROM refresh_family WHERE realm=$1 AND session=$2 AND session<>''")
                .text(realm)
                .text(id),
            Query("DELETE FROM session WHERE realm=$1 AND id=$2").text(realm).text(id)};
}

Result<RefreshFamily> read_family(const Rows& rows, int row, int first) {
    CAMBIST_TRY(auto family, store::parse_family(rows.text(row, first)));
    family.expires = rows.int64(row, first + 1);
    family.uses = rows.int64(row, first + 2);
    return family;
}

Query insert_family(std::string_view realm, const RefreshFamily& family) {
    return Query(
               "INSERT INTO refresh_family VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9) "
               "ON CONFLICT DO NOTHING")
        .text(realm)
        .text(family.id)
        .text(family.session.text())
        .text(family.user.text())
        .number(family.expires)
        .number(family.max_reuse)
        .number(family.max_uses)
        .number(family.uses)
        .text(store::render_family(family));
}

std::vector<Query> remove_family(std::string_view realm, std::string_view id) {
    return {Query("DELETE FROM refresh_token WHERE realm=$1 AND family=$2").text(realm).text(id),
            Query("DELETE FROM refresh_family WHERE realm=$1 AND id=$2").text(realm).text(id)};
}

}  // namespace cambist::store_postgresql
