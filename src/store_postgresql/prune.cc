// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "store_postgresql/nouns.h"

namespace cambist::store_postgresql {

using postgresql::Query;

// Up to the first that is too young, however many older ones come behind it, and without the
// newest: the chain goes on from there.
Result<std::size_t> remove_audit(postgresql::Connection& connection, std::int64_t before_us) {
    CAMBIST_TRY(const auto rows,
                connection.run(Query("SELECT sequence FROM audit_beginning FOR UPDATE")));
    const auto first = rows.empty() ? 0 : rows.int64(0, 0);
    CAMBIST_TRY(const auto last,
                connection.run(
                    Query("SELECT coalesce((SELECT min(sequence) FROM audit WHERE sequence>$1 AND "
                          "sequence<=$1+5000 AND at_us>=$2)-1,(SELECT max(sequence) FROM audit "
                          "WHERE sequence>$1 AND sequence<=$1+5000),$1),(SELECT max(sequence) FROM "
                          "audit)")
                        .number(first)
                        .number(before_us)));
    const auto end = std::min(last.int64(0, 0), last.int64(0, 1) - 1);
    if (end <= first) return std::size_t{0};
    const std::vector<Query> queries{
        Query("UPDATE audit_beginning SET sequence=$1,hash=(SELECT hash FROM audit WHERE "
              "sequence=$1)")
            .number(end),
        Query("DELETE FROM audit WHERE sequence<=$1").number(end)};
    auto outcome = connection.run_all(queries);
    if (!outcome.status) return std::unexpected(std::move(outcome.status).error());
    return static_cast<std::size_t>(outcome.rows.back().changed());
}

// A thousand rows of each kind: a slice holds up the commits for some milliseconds. The tokens of a
// family go first, while it can still be told that the family has expired; they are not counted.
Result<std::size_t> remove_expired(postgresql::Connection& connection, std::int64_t now) {
    constexpr std::size_t kTokens = 2;
    constexpr std::size_t kCounted = 11;
    std::vector<Query> queries{
        Query("DELETE FROM session WHERE ctid=ANY(ARRAY(SELECT ctid FROM session WHERE expires>0 "
              "AND expires<=$1 ORDER BY expires LIMIT 1000))"),
        // Offline sessions whose last family goes now: nobody can use them any more.
        Query("DELETE FROM session WHERE offline<>0 AND (realm,id) IN (SELECT realm,session FROM "
              "refresh_family WHERE expires>0 AND expires<=$1 ORDER BY expires,realm,id LIMIT 200) "
              "AND NOT EXISTS (SELECT 1 FROM refresh_family f WHERE f.realm=session.realm AND "
              "f.session=session.id AND f.session<>'' AND (f.expires=0 OR f.expires>$1))"),
        Query("DELETE FROM refresh_token WHERE (realm,family) IN (SELECT realm,id FROM "
              "refresh_family WHERE expires>0 AND expires<=$1 ORDER BY expires,realm,id LIMIT "
              "200)"),
        Query("DELETE FROM refresh_family WHERE (realm,id) IN (SELECT realm,id FROM refresh_family "
              "WHERE expires>0 AND expires<=$1 ORDER BY expires,realm,id LIMIT 200)"),
        Query("DELETE FROM taken WHERE ctid=ANY(ARRAY(SELECT ctid FROM taken WHERE expires>0 AND "
              "expires<=$1 ORDER BY expires LIMIT 1000))"),
        Query("DELETE FROM reference_token WHERE ctid=ANY(ARRAY(SELECT ctid FROM reference_token "
              "WHERE expires>0 AND expires<=$1 ORDER BY expires LIMIT 1000))"),
        Query("DELETE FROM relation WHERE ctid=ANY(ARRAY(SELECT ctid FROM relation WHERE "
              "expires>0 AND expires<=$1 ORDER BY expires LIMIT 1000))"),
        Query("DELETE FROM api_key WHERE ctid=ANY(ARRAY(SELECT ctid FROM api_key WHERE "
              "expires>0 AND expires<=$1 ORDER BY expires LIMIT 1000))"),
        Query("DELETE FROM use_counter WHERE ctid=ANY(ARRAY(SELECT ctid FROM use_counter WHERE "
              "until>0 AND until<=$1 ORDER BY until LIMIT 1000))"),
        Query("DELETE FROM hand_off WHERE ctid=ANY(ARRAY(SELECT ctid FROM hand_off WHERE "
              "expires>0 AND expires<=$1 ORDER BY expires LIMIT 1000))"),
        Query("DELETE FROM revocation WHERE number IN (SELECT number FROM revocation WHERE until>0 "
              "AND until<=$1 ORDER BY until LIMIT 1000)")};
    for (auto& query : queries) query.number(now);
    queries.emplace_back(
        "DELETE FROM user_change WHERE at<now()-interval '1 hour' AND number<(SELECT max(number) "
        "FROM user_change)");
    auto outcome = connection.run_all(queries);
    if (!outcome.status) return std::unexpected(std::move(outcome.status).error());
    std::size_t removed = 0;
    for (std::size_t i = 0; i < kCounted; ++i)
        if (i != kTokens) removed += static_cast<std::size_t>(outcome.rows[i].changed());
    return removed;
}

}  // namespace cambist::store_postgresql
