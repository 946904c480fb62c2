// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/apply.h"

#include "base/base64url.h"
#include "crypto/digest.h"
#include "store/chain.h"
#include "store_postgresql/relations.h"
#include "store_postgresql/rows.h"

namespace cambist::store_postgresql {
namespace {

using postgresql::Query;

// One operation each.
class Writes {
  public:
    explicit Writes(std::string_view realm) : realm_(realm) {}

    void operator()(const store::AddSession& add) {
        writes.push_back({insert_session(realm_, add.session), Expected::kChange});
    }
    void operator()(const store::TouchSession& touch) {
        writes.push_back({Query("UPDATE session SET last_access=greatest(last_access,$3) "
                                "WHERE realm=$1 AND id=$2")
                              .text(realm_)
                              .text(touch.id.text())
                              .number(touch.last_access)});
    }
    void operator()(const store::EndSession& end) {
        for (auto& query : end_session(realm_, end.id.text())) writes.push_back({std::move(query)});
    }
    void operator()(const store::AddRefreshFamily& add) {
        writes.push_back({insert_family(realm_, add.family), Expected::kChange});
        writes.push_back({Query("INSERT INTO refresh_token VALUES($1,$2,$3,0,0) "
                                "ON CONFLICT DO NOTHING")
                              .text(realm_)
                              .text(add.hash)
                              .text(add.family.id),
                          Expected::kChange});
    }
    void operator()(const store::RotateRefresh& rotate) {
        writes.push_back({Query("SELECT rotate_refresh($1,$2,$3,$4,$5)")
                              .text(realm_)
                              .text(rotate.family)
                              .text(rotate.old_hash)
                              .text(rotate.new_hash)
                              .number(rotate.expires),
                          Expected::kRotation});
        if (rotate.new_hash.empty()) return;
        // One that is older than the token used last is stale.
        writes.push_back({Query("UPDATE refresh_token t SET uses=t.uses+f.max_reuse "
                                "FROM refresh_family f WHERE f.realm=$1 AND f.id=$2 "
                                "AND f.max_reuse>0 AND t.realm=$1 AND t.family=$2 AND t.hash<>$3 "
                                "AND t.state=1 AND t.uses<=f.max_reuse")
                              .text(realm_)
                              .text(rotate.family)
                              .text(rotate.old_hash)});
    }
    void operator()(const store::RevokeFamily& revoke) {
        for (auto& query : remove_family(realm_, revoke.id)) writes.push_back({std::move(query)});
    }
    void operator()(const store::AddReferenceToken& add) {
        writes.push_back({Query("INSERT INTO reference_token VALUES($1,$2,$3,$4) "
                                "ON CONFLICT DO NOTHING")
                              .text(realm_)
                              .text(add.token.hash)
                              .number(add.token.expires)
                              .text(add.token.claims),
                          Expected::kChange});
    }
    void operator()(const store::TakeOnce& take) {
        writes.push_back({Query("INSERT INTO taken VALUES($1,$2,$3) ON CONFLICT DO NOTHING")
                              .text(realm_)
                              .bytes(key_of(take))
                              .number(take.expires),
                          Expected::kChange});
    }
    void operator()(const store::AddRevocation& add) {
        writes.push_back({Query("INSERT INTO revocation(realm,kind,id,issued_before,until) "
                                "VALUES($1,$2,$3,$4,$5)")
                              .text(realm_)
                              .number(static_cast<int>(add.revocation.kind))
                              .text(add.revocation.id)
                              .number(add.revocation.before)
                              .number(add.revocation.until)});
    }
    void operator()(const store::AddRelation& add) {
        writes.push_back({insert_relation(realm_, add.relation), Expected::kChange});
    }
    void operator()(const store::RemoveRelation& remove) {
        writes.push_back({delete_relation(realm_, remove.id)});
    }
    void operator()(const store::AddApiKey& add) {
        writes.push_back({insert_api_key(realm_, add.key), Expected::kChange});
    }
    void operator()(const store::RemoveApiKey& remove) {
        writes.push_back({delete_api_key(realm_, remove.id)});
    }
    void operator()(const store::CountUse& use) {
        writes.push_back({count_use(realm_, use), Expected::kUse});
    }
    void operator()(const store::AddHandOff& add) {
        writes.push_back({insert_hand_off(realm_, add.hand_off), Expected::kChange});
    }
    void operator()(const store::TakeHandOff& take) {
        writes.push_back({take_hand_off(realm_, take), Expected::kTaking});
    }
    void operator()(const store::AddUser& add) {
        writes.push_back({insert_user(realm_, add.user), Expected::kChange});
    }
    void operator()(const store::AddFederatedIdentity& add) {
        writes.push_back({insert_federated_identity(realm_, add.identity), Expected::kChange});
    }
    void operator()(const store::AppendAudit& /*append*/) {}  // see append_audit()

    std::vector<Write> writes;

  private:
    // With their lengths, so that no two give the same input.
    static std::string key_of(const store::TakeOnce& take) {
        const std::string lengths =
            std::to_string(take.purpose.size()) + ' ' + std::to_string(take.issuer.size()) + ' ';
        return crypto::sha256({lengths, take.purpose, take.issuer, take.id});
    }

    std::string_view realm_;
};

}  // namespace

std::vector<Write> writes_of(const store::Batch& batch) {
    Writes writes(batch.realm);
    for (const auto& operation : batch.operations) std::visit(writes, operation);
    return std::move(writes.writes);
}

Status check(const Write& write, const postgresql::Rows& rows) {
    if (write.expected == Expected::kAnything) return {};
    if (write.expected != Expected::kRotation) {
        if (rows.changed() > 0) return {};
        if (write.expected == Expected::kUse) return fail(ErrorCode::kDailyLimitReached);
        if (write.expected == Expected::kTaking) return fail(ErrorCode::kHandOffTaken);
        return fail(ErrorCode::kConflict, "is there already, or was taken before");
    }
    switch (rows.int64(0, 0)) {
        case 0:
            return {};
        case 1:
            return fail(ErrorCode::kRefreshTokenInvalid);
        case 2:
            return fail(ErrorCode::kRefreshTokenReused);
        case 3:
            return fail(ErrorCode::kRefreshUsesSpent);
        default:
            return fail(ErrorCode::kConflict);
    }
}

std::vector<Query> append_audit(const std::vector<const store::Batch*>& batches, ChainHead& head) {
    std::vector<std::int64_t> sequences;
    std::vector<std::int64_t> times;
    std::vector<std::string> traces;
    std::vector<std::string> links;
    std::vector<std::string> hashes;
    std::vector<std::string> bodies;
    for (const auto* batch : batches) {
        for (const auto& operation : batch->operations) {
            const auto* append = std::get_if<store::AppendAudit>(&operation);
            if (append == nullptr) continue;
            links.push_back(*hex_decode(head.hash));
            ++head.sequence;
            head.hash = store::chain_hash(head.node, head.sequence, head.hash, append->body);
            sequences.push_back(head.sequence);
            traces.push_back(append->trace);
            times.push_back(append->at_us);
            hashes.push_back(*hex_decode(head.hash));
            bodies.push_back(append->body);
        }
    }
    std::vector<Query> queries;
    if (sequences.empty()) return queries;
    queries.push_back(Query("INSERT INTO audit SELECT * FROM unnest($1,$2,$3,$4,$5,$6)")
                          .numbers(sequences)
                          .texts(traces)
                          .numbers(times)
                          .byte_strings(links)
                          .byte_strings(hashes)
                          .byte_strings(bodies));
    queries.push_back(Query("UPDATE audit_head SET sequence=$1,hash=$2")
                          .number(head.sequence)
                          .bytes(hashes.back()));
    return queries;
}

}  // namespace cambist::store_postgresql
