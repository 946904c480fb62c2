// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/apply.h"

#include <algorithm>

#include "base/base64url.h"
#include "store/chain.h"
#include "store/codec.h"
#include "store_sqlite/relations.h"
#include "store_sqlite/rows.h"

namespace cambist::store_sqlite {
namespace {

constexpr int kActive = static_cast<int>(store::RefreshState::kActive);
constexpr int kUsed = static_cast<int>(store::RefreshState::kUsed);

// One operation each, inside the open transaction.
class Applier {
  public:
    Applier(sql::Connection& connection, ChainHead& head, std::string_view realm)
        : connection_(connection), head_(head), realm_(realm) {}

    Status operator()(const store::AddSession& add) {
        return add_session(connection_, realm_, add.session);
    }
    Status operator()(const store::TouchSession& touch) {
        CAMBIST_TRY(auto update,
                    connection_.prepare("UPDATE session SET last_access=max(last_access,?3) "
                                        "WHERE realm=?1 AND id=?2"));
        return update.bind(1, realm_).bind(2, touch.id.text()).bind(3, touch.last_access).run();
    }
    Status operator()(const store::EndSession& end) {
        return end_session(connection_, realm_, end.id.text());
    }
    Status operator()(const store::AddRefreshFamily& add) {
        CAMBIST_CHECK(add_family(connection_, realm_, add.family));
        return add_token(add.hash, add.family.id);
    }
    Status operator()(const store::RotateRefresh& rotate);
    Status operator()(const store::RevokeFamily& revoke) {
        return remove_family(connection_, realm_, revoke.id);
    }
    Status operator()(const store::AddReferenceToken& add) {
        CAMBIST_TRY(auto insert,
                    connection_.prepare("INSERT INTO reference_token(realm,hash,expires,claims) "
                                        "VALUES(?1,?2,?3,?4)"));
        return insert.bind(1, realm_)
            .bind(2, add.token.hash)
            .bind(3, add.token.expires)
            .bind(4, add.token.claims)
            .run();
    }
    Status operator()(const store::TakeOnce& take) {
        CAMBIST_TRY(auto insert, connection_.prepare("INSERT INTO taken VALUES(?1,?2,?3,?4,?5) "
                                                     "ON CONFLICT DO NOTHING"));
        CAMBIST_CHECK(insert.bind(1, realm_)
                          .bind(2, take.purpose)
                          .bind(3, take.issuer)
                          .bind(4, take.id)
                          .bind(5, take.expires)
                          .run());
        if (connection_.changes() == 0) return fail(ErrorCode::kConflict, "was taken before");
        return {};
    }
    Status operator()(const store::AddRevocation& add) {
        CAMBIST_TRY(auto insert,
                    connection_.prepare("INSERT INTO revocation(realm,kind,id,issued_before,until) "
                                        "VALUES(?1,?2,?3,?4,?5)"));
        return insert.bind(1, realm_)
            .bind(2, static_cast<int>(add.revocation.kind))
            .bind(3, add.revocation.id)
            .bind(4, add.revocation.before)
            .bind(5, add.revocation.until)
            .run();
    }
    Status operator()(const store::AddRelation& add) {
        return add_relation(connection_, realm_, add.relation);
    }
    Status operator()(const store::RemoveRelation& remove) {
        return remove_relation(connection_, realm_, remove.id);
    }
    Status operator()(const store::AddApiKey& add) {
        return add_api_key(connection_, realm_, add.key);
    }
    Status operator()(const store::RemoveApiKey& remove) {
        return remove_api_key(connection_, realm_, remove.id);
    }
    Status operator()(const store::CountUse& use) { return count_use(connection_, realm_, use); }
    Status operator()(const store::AddHandOff& add) {
        return add_hand_off(connection_, realm_, add.hand_off);
    }
    Status operator()(const store::TakeHandOff& take) {
        return take_hand_off(connection_, realm_, take);
    }
    Status operator()(const store::AddUser& add) { return add_user(connection_, realm_, add.user); }
    Status operator()(const store::AddFederatedIdentity& add) {
        return add_federated_identity(connection_, realm_, add.identity);
    }
    Status operator()(const store::AppendAudit& append);

  private:
    Status add_token(std::string_view hash, std::string_view family) {
        CAMBIST_TRY(auto insert,
                    connection_.prepare("INSERT INTO refresh_token VALUES(?1,?2,?3,?4,0)"));
        return insert.bind(1, realm_).bind(2, hash).bind(3, family).bind(4, kActive).run();
    }
    // Refuses what may not be used, in this order: unknown, used up, family used up. Else how often
    // a used token of the family may be used again.
    Result<std::int64_t> find_usable(const store::RotateRefresh& rotate);
    // One that is older than the token used last is stale.
    Status end_older_tokens(const store::RotateRefresh& rotate);
    Status use_token(std::string_view hash, int state);
    Status use_family(std::string_view family, std::int64_t expires);

    sql::Connection& connection_;
    ChainHead& head_;
    std::string_view realm_;
};

Result<std::int64_t> Applier::find_usable(const store::RotateRefresh& rotate) {
    CAMBIST_TRY(auto select,
                connection_.prepare(
                    "SELECT t.state,t.uses,f.max_reuse,f.uses,f.max_uses FROM refresh_token t "
                    "JOIN refresh_family f ON f.realm=t.realm AND f.id=t.family "
                    "WHERE t.realm=?1 AND t.hash=?2 AND t.family=?3"));
    select.bind(1, realm_).bind(2, rotate.old_hash).bind(3, rotate.family);
    CAMBIST_TRY(const bool is_known, select.step());
    if (!is_known) return fail(ErrorCode::kRefreshTokenInvalid);
    // `uses` counts the rotation itself too, so a used token has had uses - 1 extra uses.
    if (select.int64(0) == kUsed && select.int64(1) > select.int64(2))
        return fail(ErrorCode::kRefreshTokenReused);
    if (select.int64(4) > 0 && select.int64(3) >= select.int64(4))
        return fail(ErrorCode::kRefreshUsesSpent);
    return select.int64(2);
}

Status Applier::use_token(std::string_view hash, int state) {
    CAMBIST_TRY(auto update,
                connection_.prepare("UPDATE refresh_token SET uses=uses+1,state=max(state,?3) "
                                    "WHERE realm=?1 AND hash=?2"));
    return update.bind(1, realm_).bind(2, hash).bind(3, state).run();
}

Status Applier::use_family(std::string_view family, std::int64_t expires) {
    CAMBIST_TRY(auto update, connection_.prepare("UPDATE refresh_family SET expires=?3,uses=uses+1 "
                                                 "WHERE realm=?1 AND id=?2"));
    return update.bind(1, realm_).bind(2, family).bind(3, expires).run();
}

Status Applier::end_older_tokens(const store::RotateRefresh& rotate) {
    CAMBIST_TRY(
        auto update,
        connection_.prepare(
            "UPDATE refresh_token SET uses=refresh_token.uses+f.max_reuse FROM refresh_family f "
            "WHERE f.realm=?1 AND f.id=?2 AND refresh_token.realm=?1 AND family=?2 "
            "AND hash<>?3 AND state=?4 AND refresh_token.uses<=f.max_reuse"));
    return update.bind(1, realm_)
        .bind(2, rotate.family)
        .bind(3, rotate.old_hash)
        .bind(4, kUsed)
        .run();
}

Status Applier::operator()(const store::RotateRefresh& rotate) {
    CAMBIST_TRY(const auto max_reuse, find_usable(rotate));
    CAMBIST_CHECK(use_token(rotate.old_hash, rotate.new_hash.empty() ? kActive : kUsed));
    CAMBIST_CHECK(use_family(rotate.family, rotate.expires));
    if (rotate.new_hash.empty()) return {};
    if (max_reuse > 0) CAMBIST_CHECK(end_older_tokens(rotate));
    return add_token(rotate.new_hash, rotate.family);
}

Status Applier::operator()(const store::AppendAudit& append) {
    const std::int64_t sequence = head_.sequence + 1;
    std::string hash = store::chain_hash(head_.node, sequence, head_.hash, append.body);
    CAMBIST_TRY(auto insert, connection_.prepare("INSERT INTO audit VALUES(?1,?2,?3,?4,?5,?6)"));
    CAMBIST_CHECK(insert.bind(1, sequence)
                      .bind(2, append.trace)
                      .bind(3, append.at_us)
                      .bind_blob(4, *hex_decode(head_.hash))
                      .bind_blob(5, *hex_decode(hash))
                      .bind_blob(6, append.body)
                      .run());
    head_.sequence = sequence;
    head_.hash = std::move(hash);
    return {};
}

Status run(sql::Connection& connection, std::string_view sql, std::string_view realm,
           std::string_view id) {
    CAMBIST_TRY(auto statement, connection.prepare(sql));
    return statement.bind(1, realm).bind(2, id).run();
}

bool can_fail(const store::Operation& operation) {
    return !std::holds_alternative<store::AppendAudit>(operation) &&
           !std::holds_alternative<store::AddRevocation>(operation) &&
           !std::holds_alternative<store::TouchSession>(operation);
}

}  // namespace

bool is_conditional(const store::Batch& batch) {
    return std::ranges::any_of(batch.operations, can_fail);
}

Status follow_chain(sql::Connection& connection, ChainHead& head) {
    CAMBIST_TRY(auto select, connection.prepare("SELECT sequence,hash FROM audit WHERE "
                                                "sequence>?1 ORDER BY sequence DESC LIMIT 1"));
    CAMBIST_TRY(const bool is_row, select.bind(1, head.sequence).step());
    if (!is_row) return {};
    head.sequence = select.int64(0);
    head.hash = hex_encode(select.blob(1));
    return {};
}

Status apply(sql::Connection& connection, ChainHead& head, const store::Batch& batch) {
    Applier applier(connection, head, batch.realm);
    for (const auto& operation : batch.operations) CAMBIST_CHECK(std::visit(applier, operation));
    return {};
}

Status end_session(sql::Connection& connection, std::string_view realm, std::string_view id) {
    CAMBIST_CHECK(run(connection,
                      "DELETE FROM refresh_token WHERE realm=?1 AND family IN (SELECT id FROM "
                      "refresh_family WHERE realm=?1 AND session=?2 AND session<>'')",
                      realm, id));
    CAMBIST_CHECK(run(connection,
                      "DELETE FROM refresh_family WHERE realm=?1 AND session=?2 AND session<>''",
                      realm, id));
    return run(connection, "DELETE FROM session WHERE realm=?1 AND id=?2", realm, id);
}

Status remove_family(sql::Connection& connection, std::string_view realm, std::string_view id) {
    CAMBIST_CHECK(
        run(connection, "DELETE FROM refresh_token WHERE realm=?1 AND family=?2", realm, id));
    return run(connection, "DELETE FROM refresh_family WHERE realm=?1 AND id=?2", realm, id);
}

}  // namespace cambist::store_sqlite
