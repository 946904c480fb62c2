// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "store_sqlite/nouns.h"

namespace cambist::store_sqlite {
namespace {

Result<std::size_t> remove_rows(sql::Connection& connection, std::string_view sql,
                                std::int64_t now) {
    CAMBIST_TRY(auto remove, connection.prepare(sql));
    CAMBIST_CHECK(remove.bind(1, now).run());
    return static_cast<std::size_t>(connection.changes());
}

constexpr std::array kOthers{
    "DELETE FROM relation WHERE number IN (SELECT number FROM relation WHERE expires>0 AND "
    "expires<=?1 ORDER BY expires LIMIT 1000)",
    "DELETE FROM api_key WHERE number IN (SELECT number FROM api_key WHERE expires>0 AND "
    "expires<=?1 ORDER BY expires LIMIT 1000)",
    "DELETE FROM use_counter WHERE (realm,key) IN (SELECT realm,key FROM use_counter WHERE until>0 "
    "AND until<=?1 ORDER BY until LIMIT 1000)",
    "DELETE FROM hand_off WHERE (realm,hash) IN (SELECT realm,hash FROM hand_off WHERE expires>0 "
    "AND expires<=?1 ORDER BY expires LIMIT 1000)",
};

}  // namespace

// Up to the first that is too young, however many older ones come behind it, and without the
// newest: the chain goes on from there.
Result<std::size_t> remove_audit(sql::Connection& connection, std::int64_t before_us) {
    CAMBIST_TRY(const auto first, connection.query_int64("SELECT sequence FROM audit_beginning"));
    CAMBIST_TRY(auto select,
                connection.prepare(
                    "SELECT coalesce((SELECT min(sequence) FROM audit WHERE sequence>?1 AND "
                    "sequence<=?1+5000 AND at_us>=?2)-1,(SELECT max(sequence) FROM audit WHERE "
                    "sequence>?1 AND sequence<=?1+5000),?1),(SELECT max(sequence) FROM audit)"));
    CAMBIST_TRY(const bool is_row, select.bind(1, first).bind(2, before_us).step());
    const auto end = is_row ? std::min(select.int64(0), select.int64(1) - 1) : first;
    if (end <= first) return std::size_t{0};
    CAMBIST_TRY(auto note, connection.prepare("UPDATE audit_beginning SET sequence=?1,hash=(SELECT "
                                              "hash FROM audit WHERE sequence=?1)"));
    CAMBIST_CHECK(note.bind(1, end).run());
    return remove_rows(connection, "DELETE FROM audit WHERE sequence<=?1", end);
}

// A thousand rows of each kind: a slice holds up the writer for a few milliseconds. The tokens of a
// family go first, while it can still be told that the family has expired.
Result<std::size_t> remove_expired(sql::Connection& connection, std::int64_t now) {
    std::size_t removed = 0;
    CAMBIST_TRY(const auto sessions,
                remove_rows(connection,
                            "DELETE FROM session WHERE number IN (SELECT number FROM session "
                            "WHERE expires>0 AND expires<=?1 ORDER BY expires LIMIT 1000)",
                            now));
    removed += sessions;
    CAMBIST_TRY(const auto offline,
                remove_rows(connection,
                            "DELETE FROM session WHERE offline<>0 AND (realm,id) IN (SELECT "
                            "realm,session FROM refresh_family WHERE expires>0 AND expires<=?1 "
                            "ORDER BY expires,number LIMIT 200) AND NOT EXISTS (SELECT 1 FROM "
                            "refresh_family f WHERE f.realm=session.realm AND "
                            "f.session=session.id AND f.session<>'' AND "
                            "(f.expires=0 OR f.expires>?1))",
                            now));
    removed += offline;
    CAMBIST_TRY(const auto tokens,
                remove_rows(connection,
                            "DELETE FROM refresh_token WHERE (realm,family) IN (SELECT realm,id "
                            "FROM refresh_family WHERE expires>0 AND expires<=?1 "
                            "ORDER BY expires,number LIMIT 200)",
                            now));
    static_cast<void>(tokens);  // counted with their families
    CAMBIST_TRY(const auto families,
                remove_rows(connection,
                            "DELETE FROM refresh_family WHERE number IN (SELECT number FROM "
                            "refresh_family WHERE expires>0 AND expires<=?1 "
                            "ORDER BY expires,number LIMIT 200)",
                            now));
    removed += families;
    CAMBIST_TRY(const auto references,
                remove_rows(connection,
                            "DELETE FROM reference_token WHERE number IN (SELECT number FROM "
                            "reference_token WHERE expires>0 AND expires<=?1 "
                            "ORDER BY expires LIMIT 1000)",
                            now));
    removed += references;
    CAMBIST_TRY(const auto taken,
                remove_rows(connection,
                            "DELETE FROM taken WHERE (realm,purpose,issuer,id) IN (SELECT "
                            "realm,purpose,issuer,id FROM taken WHERE expires>0 AND expires<=?1 "
                            "ORDER BY expires LIMIT 1000)",
                            now));
    removed += taken;
    for (const auto* sql : kOthers) {
        CAMBIST_TRY(const auto others, remove_rows(connection, sql, now));
        removed += others;
    }
    CAMBIST_TRY(const auto revocations,
                remove_rows(connection,
                            "DELETE FROM revocation WHERE number IN (SELECT number FROM revocation "
                            "WHERE until>0 AND until<=?1 ORDER BY until LIMIT 1000)",
                            now));
    return removed + revocations;
}

}  // namespace cambist::store_sqlite
