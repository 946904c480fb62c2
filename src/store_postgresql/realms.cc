// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/nouns.h"

namespace cambist::store_postgresql {

using postgresql::Connection;
using postgresql::Query;
using postgresql::Rows;

Result<std::vector<std::string>> Realms::list() const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT name FROM realm WHERE EXISTS(SELECT 1 FROM "
                                        "realm_object WHERE realm=realm.name) ORDER BY name")));
    std::vector<std::string> names;
    for (int row = 0; row < rows.size(); ++row) names.push_back(rows.text(row, 0));
    return names;
}

Result<std::vector<store::RealmObject>> Realms::load(std::string_view realm) const {
    CAMBIST_TRY(const auto rows, access_.pool.read(Query("SELECT kind,key,body FROM realm_object "
                                                         "WHERE realm=$1 ORDER BY kind,key")
                                                       .text(realm)));
    std::vector<store::RealmObject> objects;
    for (int row = 0; row < rows.size(); ++row)
        objects.push_back({rows.text(row, 0), rows.text(row, 1), std::string(rows.bytes(row, 2))});
    return objects;
}

Result<bool> Realms::apply(std::string_view realm, const std::vector<store::RealmObject>& put,
                           const std::vector<store::RealmObject>& remove) {
    std::vector<Query> queries;
    for (const auto& object : remove)
        queries.push_back(Query("DELETE FROM realm_object WHERE realm=$1 AND kind=$2 AND key=$3")
                              .text(realm)
                              .text(object.kind)
                              .text(object.key));
    for (const auto& object : put)
        queries.push_back(Query("INSERT INTO realm_object AS old VALUES($1,$2,$3,$4) "
                                "ON CONFLICT(realm,kind,key) DO UPDATE SET body=excluded.body "
                                "WHERE old.body IS DISTINCT FROM excluded.body")
                              .text(realm)
                              .text(object.kind)
                              .text(object.key)
                              .bytes(object.body));
    bool changed = false;
    auto done = access_.write_and_tell([&](Connection& connection) -> Status {
        auto outcome = connection.run_all(queries);
        if (!outcome.status) return std::move(outcome.status);
        changed = false;
        for (const auto& rows : outcome.rows) changed |= rows.changed() > 0;
        if (!changed) return {};
        return connection.execute(Query("INSERT INTO realm AS old VALUES($1,1) ON CONFLICT(name)"
                                        " DO UPDATE SET version=old.version+1")
                                      .text(realm));
    });
    CAMBIST_CHECK(std::move(done));
    return changed;
}

Result<std::map<std::string, std::int64_t>> Realms::versions() const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT name,version FROM realm WHERE EXISTS(SELECT 1 FROM "
                                        "realm_object WHERE realm=realm.name)")));
    std::map<std::string, std::int64_t> versions;
    for (int row = 0; row < rows.size(); ++row) versions[rows.text(row, 0)] = rows.int64(row, 1);
    return versions;
}

Result<std::int64_t> Realms::version(std::string_view realm) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT version FROM realm WHERE name=$1").text(realm)));
    return rows.empty() ? 0 : rows.int64(0, 0);
}

}  // namespace cambist::store_postgresql
