// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/rows.h"

#include "store/codec.h"

namespace cambist::store_sqlite {

Session read_session(const sql::Statement& row) {
    Session session;
    session.id = SessionId(row.text(0));
    session.user = UserId(row.text(1));
    session.client = ClientId(row.text(2));
    session.started = row.int64(3);
    session.last_access = row.int64(4);
    session.expires = row.int64(5);
    session.auth_method = row.text(6);
    session.acr = row.text(7);
    session.offline = row.int64(8) != 0;
    session.device_hash = row.text(9);
    return session;
}

Status add_session(sql::Connection& connection, std::string_view realm, const Session& session) {
    CAMBIST_TRY(auto insert,
                connection.prepare("INSERT INTO session(realm,id,user,client,started,last_access,"
                                   "expires,auth_method,acr,offline,device_hash) "
                                   "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)"));
    return insert.bind(1, realm)
        .bind(2, session.id.text())
        .bind(3, session.user.text())
        .bind(4, session.client.text())
        .bind(5, session.started)
        .bind(6, session.last_access)
        .bind(7, session.expires)
        .bind(8, session.auth_method)
        .bind(9, session.acr)
        .bind(10, session.offline)
        .bind(11, session.device_hash)
        .run();
}

Result<RefreshFamily> read_family(const sql::Statement& row, int first) {
    CAMBIST_TRY(auto family, store::parse_family(row.text(first)));
    family.expires = row.int64(first + 1);
    family.uses = row.int64(first + 2);
    return family;
}

Status add_family(sql::Connection& connection, std::string_view realm,
                  const RefreshFamily& family) {
    CAMBIST_TRY(auto insert,
                connection.prepare("INSERT INTO refresh_family(realm,id,session,user,expires,"
                                   "max_reuse,body,max_uses,uses) "
                                   "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)"));
    return insert.bind(1, realm)
        .bind(2, family.id)
        .bind(3, family.session.text())
        .bind(4, family.user.text())
        .bind(5, family.expires)
        .bind(6, family.max_reuse)
        .bind(7, store::render_family(family))
        .bind(8, family.max_uses)
        .bind(9, family.uses)
        .run();
}

}  // namespace cambist::store_sqlite
