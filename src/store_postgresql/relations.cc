// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/relations.h"

#include "store/codec.h"
#include "store_postgresql/nouns.h"

namespace cambist::store_postgresql {

using postgresql::Query;
using postgresql::Rows;

namespace {

std::vector<std::string> texts_of(const std::vector<RelationEnd>& ends) {
    std::vector<std::string> texts;
    for (const auto& end : ends) texts.push_back(to_text(end));
    return texts;
}

// Their bodies in the first column.
Result<std::vector<Relation>> read_relations(const Rows& rows) {
    std::vector<Relation> relations;
    for (int row = 0; row < rows.size(); ++row) {
        CAMBIST_TRY(auto relation, store::parse_relation(rows.text(row, 0)));
        relations.push_back(std::move(relation));
    }
    return relations;
}

}  // namespace

Query insert_relation(std::string_view realm, const Relation& relation) {
    return Query("INSERT INTO relation VALUES($1,$2,$3,$4,$5,$6,$7) ON CONFLICT DO NOTHING")
        .text(realm)
        .text(relation.id)
        .text(relation.kind)
        .text(to_text(relation.actor))
        .text(to_text(relation.subject))
        .number(relation.expires)
        .text(store::render_relation(relation));
}

Query delete_relation(std::string_view realm, std::string_view id) {
    return Query("DELETE FROM relation WHERE realm=$1 AND id=$2").text(realm).text(id);
}

Query insert_api_key(std::string_view realm, const ApiKey& key) {
    return Query("INSERT INTO api_key VALUES($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING")
        .text(realm)
        .text(key.id)
        .text(key.hash)
        .text(key.user.text())
        .number(key.expires)
        .text(store::render_api_key(key));
}

Query delete_api_key(std::string_view realm, std::string_view id) {
    return Query("DELETE FROM api_key WHERE realm=$1 AND id=$2").text(realm).text(id);
}

Query count_use(std::string_view realm, const store::CountUse& use) {
    return Query(
               "INSERT INTO use_counter AS counter SELECT $1,$2,1,$4 WHERE $3>0 "
               "ON CONFLICT(realm,key) DO UPDATE SET uses=counter.uses+1,"
               "until=greatest(counter.until,excluded.until) WHERE counter.uses<$3")
        .text(realm)
        .text(use.key)
        .number(use.limit)
        .number(use.until);
}

Query insert_hand_off(std::string_view realm, const HandOff& hand_off) {
    return Query("INSERT INTO hand_off VALUES($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING")
        .text(realm)
        .text(hand_off.hash)
        .text(hand_off.payload)
        .number(hand_off.expires)
        .number(hand_off.is_taken)
        .text(hand_off.xid);
}

Query take_hand_off(std::string_view realm, const store::TakeHandOff& take) {
    return Query(
               "UPDATE hand_off SET taken=1,xid=$3,payload=$5,expires=greatest(expires,$4) "
               "WHERE realm=$1 AND hash=$2 AND taken=0")
        .text(realm)
        .text(take.hash)
        .text(take.xid)
        .number(take.keep_until)
        .text(take.receipt);
}

std::vector<Query> remove_ties(std::string_view realm, const UserId& user) {
    const auto end = to_text(RelationEnd{EndKind::kUser, user.text()});
    return {
        Query("DELETE FROM relation WHERE realm=$1 AND actor=$2").text(realm).text(end),
        Query("DELETE FROM relation WHERE realm=$1 AND subject=$2").text(realm).text(end),
        Query("DELETE FROM federated_identity WHERE realm=$1 AND user_id=$2")
            .text(realm)
            .text(user.text()),
        Query("DELETE FROM api_key WHERE realm=$1 AND user_id=$2").text(realm).text(user.text())};
}

Result<std::optional<Relation>> Relations::find(std::string_view realm, std::string_view id) const {
    CAMBIST_TRY(
        const auto rows,
        access_.pool.read(
            Query("SELECT body FROM relation WHERE realm=$1 AND id=$2").text(realm).text(id)));
    if (rows.empty()) return std::optional<Relation>();
    CAMBIST_TRY(auto relation, store::parse_relation(rows.text(0, 0)));
    return std::optional(std::move(relation));
}

Result<std::vector<Relation>> Relations::between(std::string_view realm,
                                                 const std::vector<RelationEnd>& actors,
                                                 const std::vector<RelationEnd>& subjects) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT body FROM relation WHERE realm=$1 AND "
                                        "subject=ANY($2) AND actor=ANY($3) ORDER BY id")
                                      .text(realm)
                                      .texts(texts_of(subjects))
                                      .texts(texts_of(actors))));
    return read_relations(rows);
}

Result<std::vector<Relation>> Relations::of_subject(std::string_view realm,
                                                    const RelationEnd& subject) const {
    CAMBIST_TRY(const auto rows, access_.pool.read(Query("SELECT body FROM relation WHERE "
                                                         "realm=$1 AND subject=$2 ORDER BY id")
                                                       .text(realm)
                                                       .text(to_text(subject))));
    return read_relations(rows);
}

Result<std::vector<Relation>> Relations::list_made_by_admins(std::string_view realm,
                                                             std::string_view after,
                                                             std::size_t limit) const {
    CAMBIST_TRY(const auto rows,
                access_.pool.read(Query("SELECT body FROM relation WHERE realm=$1 AND id>$2 "
                                        "AND kind<>$3 ORDER BY id LIMIT $4")
                                      .text(realm)
                                      .text(after)
                                      .text(kGrantKind)
                                      .number(limit)));
    return read_relations(rows);
}

Result<std::optional<ApiKey>> ApiKeys::find(std::string_view realm, std::string_view hash) const {
    CAMBIST_TRY(
        const auto rows,
        access_.pool.read(
            Query("SELECT body FROM api_key WHERE realm=$1 AND hash=$2").text(realm).text(hash)));
    if (rows.empty()) return std::optional<ApiKey>();
    CAMBIST_TRY(auto key, store::parse_api_key(rows.text(0, 0)));
    return std::optional(std::move(key));
}

Result<std::vector<ApiKey>> ApiKeys::of_user(std::string_view realm, const UserId& user) const {
    CAMBIST_TRY(const auto rows, access_.pool.read(Query("SELECT body FROM api_key WHERE realm=$1 "
                                                         "AND user_id=$2 ORDER BY id")
                                                       .text(realm)
                                                       .text(user.text())));
    std::vector<ApiKey> keys;
    for (int row = 0; row < rows.size(); ++row) {
        CAMBIST_TRY(auto key, store::parse_api_key(rows.text(row, 0)));
        keys.push_back(std::move(key));
    }
    return keys;
}

Result<std::optional<HandOff>> HandOffs::find(std::string_view realm, std::string_view hash) const {
    CAMBIST_TRY(const auto rows, access_.pool.read(Query("SELECT payload,expires,taken,xid FROM "
                                                         "hand_off WHERE realm=$1 AND hash=$2")
                                                       .text(realm)
                                                       .text(hash)));
    if (rows.empty()) return std::optional<HandOff>();
    return std::optional(HandOff{.hash = std::string(hash),
                                 .payload = rows.text(0, 0),
                                 .expires = rows.int64(0, 1),
                                 .is_taken = rows.int64(0, 2) != 0,
                                 .xid = rows.text(0, 3)});
}

}  // namespace cambist::store_postgresql
