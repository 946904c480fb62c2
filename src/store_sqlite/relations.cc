// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/relations.h"

#include <algorithm>

#include "store/codec.h"
#include "store_sqlite/nouns.h"

namespace cambist::store_sqlite {
namespace {

Status remove_named(sql::Connection& connection, std::string_view sql, std::string_view realm,
                    std::string_view name) {
    CAMBIST_TRY(auto remove, connection.prepare(sql));
    return remove.bind(1, realm).bind(2, name).run();
}

// Their bodies in the first column.
Status read_relations(sql::Statement& select, std::vector<Relation>& relations) {
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return {};
        CAMBIST_TRY(auto relation, store::parse_relation(select.text(0)));
        relations.push_back(std::move(relation));
    }
}

}  // namespace

Status add_relation(sql::Connection& connection, std::string_view realm, const Relation& relation) {
    CAMBIST_TRY(auto insert,
                connection.prepare("INSERT INTO relation(realm,id,kind,actor,subject,expires,body) "
                                   "VALUES(?1,?2,?3,?4,?5,?6,?7)"));
    return insert.bind(1, realm)
        .bind(2, relation.id)
        .bind(3, relation.kind)
        .bind(4, to_text(relation.actor))
        .bind(5, to_text(relation.subject))
        .bind(6, relation.expires)
        .bind(7, store::render_relation(relation))
        .run();
}

Status remove_relation(sql::Connection& connection, std::string_view realm, std::string_view id) {
    return remove_named(connection, "DELETE FROM relation WHERE realm=?1 AND id=?2", realm, id);
}

Status add_api_key(sql::Connection& connection, std::string_view realm, const ApiKey& key) {
    CAMBIST_TRY(auto insert,
                connection.prepare("INSERT INTO api_key(realm,id,hash,user,expires,body) "
                                   "VALUES(?1,?2,?3,?4,?5,?6)"));
    return insert.bind(1, realm)
        .bind(2, key.id)
        .bind(3, key.hash)
        .bind(4, key.user.text())
        .bind(5, key.expires)
        .bind(6, store::render_api_key(key))
        .run();
}

Status remove_api_key(sql::Connection& connection, std::string_view realm, std::string_view id) {
    return remove_named(connection, "DELETE FROM api_key WHERE realm=?1 AND id=?2", realm, id);
}

Status count_use(sql::Connection& connection, std::string_view realm, const store::CountUse& use) {
    CAMBIST_TRY(auto count,
                connection.prepare("INSERT INTO use_counter SELECT ?1,?2,1,?4 WHERE ?3>0 "
                                   "ON CONFLICT(realm,key) DO UPDATE SET uses=uses+1,"
                                   "until=max(until,excluded.until) WHERE uses<?3"));
    CAMBIST_CHECK(
        count.bind(1, realm).bind(2, use.key).bind(3, use.limit).bind(4, use.until).run());
    if (connection.changes() == 0) return fail(ErrorCode::kDailyLimitReached);
    return {};
}

Status add_hand_off(sql::Connection& connection, std::string_view realm, const HandOff& hand_off) {
    CAMBIST_TRY(auto insert,
                connection.prepare("INSERT INTO hand_off(realm,hash,payload,expires,taken,xid) "
                                   "VALUES(?1,?2,?3,?4,?5,?6)"));
    return insert.bind(1, realm)
        .bind(2, hand_off.hash)
        .bind(3, hand_off.payload)
        .bind(4, hand_off.expires)
        .bind(5, hand_off.is_taken)
        .bind(6, hand_off.xid)
        .run();
}

Status take_hand_off(sql::Connection& connection, std::string_view realm,
                     const store::TakeHandOff& take) {
    CAMBIST_TRY(auto update, connection.prepare(
                                 "UPDATE hand_off SET taken=1,xid=?3,payload=?5,"
                                 "expires=max(expires,?4) WHERE realm=?1 AND hash=?2 AND taken=0"));
    CAMBIST_CHECK(update.bind(1, realm)
                      .bind(2, take.hash)
                      .bind(3, take.xid)
                      .bind(4, take.keep_until)
                      .bind(5, take.receipt)
                      .run());
    if (connection.changes() == 0) return fail(ErrorCode::kHandOffTaken);
    return {};
}

Status remove_ties(sql::Connection& connection, std::string_view realm, const UserId& user) {
    const auto end = to_text(RelationEnd{EndKind::kUser, user.text()});
    CAMBIST_CHECK(
        remove_named(connection, "DELETE FROM relation WHERE realm=?1 AND actor=?2", realm, end));
    CAMBIST_CHECK(
        remove_named(connection, "DELETE FROM relation WHERE realm=?1 AND subject=?2", realm, end));
    CAMBIST_CHECK(remove_named(connection,
                               "DELETE FROM federated_identity WHERE realm=?1 AND user=?2", realm,
                               user.text()));
    CAMBIST_CHECK(remove_named(connection, "DELETE FROM user_attribute WHERE realm=?1 AND user=?2",
                               realm, user.text()));
    return remove_named(connection, "DELETE FROM api_key WHERE realm=?1 AND user=?2", realm,
                        user.text());
}

Result<std::optional<Relation>> Relations::find(std::string_view realm, std::string_view id) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare("SELECT body FROM relation WHERE realm=?1 AND id=?2"));
    std::vector<Relation> found;
    CAMBIST_CHECK(read_relations(select.bind(1, realm).bind(2, id), found));
    return found.empty() ? std::optional<Relation>() : std::optional(std::move(found.front()));
}

// There are few ends: a user, its groups and their parents.
Result<std::vector<Relation>> Relations::between(std::string_view realm,
                                                 const std::vector<RelationEnd>& actors,
                                                 const std::vector<RelationEnd>& subjects) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    std::vector<Relation> relations;
    for (const auto& subject : subjects) {
        for (const auto& actor : actors) {
            CAMBIST_TRY(auto select,
                        reader->prepare("SELECT body FROM relation WHERE realm=?1 AND subject=?2 "
                                        "AND actor=?3"));
            select.bind(1, realm).bind(2, to_text(subject)).bind(3, to_text(actor));
            CAMBIST_CHECK(read_relations(select, relations));
        }
    }
    std::ranges::sort(relations, {}, &Relation::id);
    return relations;
}

Result<std::vector<Relation>> Relations::of_subject(std::string_view realm,
                                                    const RelationEnd& subject) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT body FROM relation WHERE realm=?1 AND subject=?2 "
                                "ORDER BY id"));
    std::vector<Relation> relations;
    CAMBIST_CHECK(read_relations(select.bind(1, realm).bind(2, to_text(subject)), relations));
    return relations;
}

Result<std::vector<Relation>> Relations::list_made_by_admins(std::string_view realm,
                                                             std::string_view after,
                                                             std::size_t limit) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT body FROM relation WHERE realm=?1 AND id>?2 AND kind<>?3 "
                                "ORDER BY id LIMIT ?4"));
    select.bind(1, realm).bind(2, after).bind(3, kGrantKind).bind(4, limit);
    std::vector<Relation> relations;
    CAMBIST_CHECK(read_relations(select, relations));
    return relations;
}

Result<std::optional<ApiKey>> ApiKeys::find(std::string_view realm, std::string_view hash) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT body FROM api_key WHERE realm=?1 AND hash=?2"));
    CAMBIST_TRY(const bool is_row, select.bind(1, realm).bind(2, hash).step());
    if (!is_row) return std::optional<ApiKey>();
    CAMBIST_TRY(auto key, store::parse_api_key(select.text(0)));
    return std::optional(std::move(key));
}

Result<std::vector<ApiKey>> ApiKeys::of_user(std::string_view realm, const UserId& user) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT body FROM api_key WHERE realm=?1 AND user=?2 ORDER BY id"));
    select.bind(1, realm).bind(2, user.text());
    std::vector<ApiKey> keys;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return keys;
        CAMBIST_TRY(auto key, store::parse_api_key(select.text(0)));
        keys.push_back(std::move(key));
    }
}

Result<std::optional<HandOff>> HandOffs::find(std::string_view realm, std::string_view hash) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare("SELECT payload,expires,taken,xid FROM hand_off "
                                             "WHERE realm=?1 AND hash=?2"));
    CAMBIST_TRY(const bool is_row, select.bind(1, realm).bind(2, hash).step());
    if (!is_row) return std::optional<HandOff>();
    return std::optional(HandOff{.hash = std::string(hash),
                                 .payload = std::string(select.text(0)),
                                 .expires = select.int64(1),
                                 .is_taken = select.int64(2) != 0,
                                 .xid = std::string(select.text(3))});
}

}  // namespace cambist::store_sqlite
