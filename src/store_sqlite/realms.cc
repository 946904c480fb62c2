// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/nouns.h"

namespace cambist::store_sqlite {
namespace {

Result<bool> remove_objects(sql::Connection& connection, std::string_view realm,
                            const std::vector<store::RealmObject>& objects) {
    bool changed = false;
    for (const auto& object : objects) {
        CAMBIST_TRY(auto remove, connection.prepare("DELETE FROM realm_object WHERE realm=?1 AND "
                                                    "kind=?2 AND key=?3"));
        CAMBIST_CHECK(remove.bind(1, realm).bind(2, object.kind).bind(3, object.key).run());
        changed |= connection.changes() > 0;
    }
    return changed;
}

Result<bool> put_objects(sql::Connection& connection, std::string_view realm,
                         const std::vector<store::RealmObject>& objects) {
    bool changed = false;
    for (const auto& object : objects) {
        CAMBIST_TRY(auto put,
                    connection.prepare("INSERT INTO realm_object VALUES(?1,?2,?3,?4) "
                                       "ON CONFLICT(realm,kind,key) DO UPDATE SET "
                                       "body=excluded.body WHERE body IS NOT excluded.body"));
        CAMBIST_CHECK(put.bind(1, realm)
                          .bind(2, object.kind)
                          .bind(3, object.key)
                          .bind_blob(4, object.body)
                          .run());
        changed |= connection.changes() > 0;
    }
    return changed;
}

Status raise_version(sql::Connection& connection, std::string_view realm) {
    CAMBIST_TRY(auto raise, connection.prepare("INSERT INTO realm VALUES(?1,1) ON CONFLICT(name) "
                                               "DO UPDATE SET version=version+1"));
    return raise.bind(1, realm).run();
}

}  // namespace

Result<std::vector<std::string>> Realms::list() const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT name FROM realm WHERE EXISTS(SELECT 1 FROM realm_object "
                                "WHERE realm=realm.name) ORDER BY name"));
    std::vector<std::string> names;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return names;
        names.emplace_back(select.text(0));
    }
}

Result<std::vector<store::RealmObject>> Realms::load(std::string_view realm) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare("SELECT kind,key,body FROM realm_object WHERE "
                                             "realm=?1 ORDER BY kind,key"));
    select.bind(1, realm);
    std::vector<store::RealmObject> objects;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return objects;
        objects.push_back({std::string(select.text(0)), std::string(select.text(1)),
                           std::string(select.blob(2))});
    }
}

Result<bool> Realms::apply(std::string_view realm, const std::vector<store::RealmObject>& put,
                           const std::vector<store::RealmObject>& remove) {
    bool changed = false;
    CAMBIST_CHECK(access_.write([&](sql::Connection& connection) -> Status {
        CAMBIST_TRY(const bool removed, remove_objects(connection, realm, remove));
        CAMBIST_TRY(const bool written, put_objects(connection, realm, put));
        changed = removed || written;
        if (!changed) return {};
        return raise_version(connection, realm);
    }));
    return changed;
}

Result<std::int64_t> Realms::version(std::string_view realm) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare("SELECT version FROM realm WHERE name=?1"));
    CAMBIST_TRY(const bool is_row, select.bind(1, realm).step());
    return is_row ? select.int64(0) : 0;
}

}  // namespace cambist::store_sqlite
