// SPDX-License-Identifier: Apache-2.0
#include "store_memory/state.h"

#include <ranges>

#include "store/chain.h"
#include "store/codec.h"

namespace cambist::store_memory {
namespace {

using store::RefreshState;

// Applies one operation and notes how to undo it.
class Applier {
  public:
    Applier(State& state, const std::string& realm, Undo& undo)
        : state_(state), realm_(realm), undo_(undo) {}

    Status operator()(const store::AddSession& add) {
        return insert(state_.sessions, add.session.id.text(), add.session);
    }
    Status operator()(const store::TouchSession& touch) {
        const auto found = state_.sessions.find({realm_, touch.id.text()});
        if (found == state_.sessions.end()) return {};
        set(found->second.last_access, std::max(found->second.last_access, touch.last_access));
        return {};
    }
    Status operator()(const store::EndSession& end) {
        end_session(state_, {realm_, end.id.text()}, undo_);
        return {};
    }
    Status operator()(const store::AddRefreshFamily& add) {
        CAMBIST_CHECK(insert(state_.families, add.family.id, add.family));
        return insert(state_.tokens, add.hash, StoredToken{.family = add.family.id});
    }
    Status operator()(const store::RotateRefresh& rotate);
    Status operator()(const store::RevokeFamily& revoke) {
        remove_family(state_, {realm_, revoke.id}, undo_);
        return {};
    }
    Status operator()(const store::AddReferenceToken& add) {
        return insert(state_.references, add.token.hash, add.token);
    }
    Status operator()(const store::TakeOnce& take) {
        const OneTime key{realm_, take.purpose, take.issuer, take.id};
        if (!state_.taken.emplace(key, take.expires).second) return fail(ErrorCode::kConflict);
        undo_.push_back([this_state = &state_, key] { this_state->taken.erase(key); });
        return {};
    }
    Status operator()(const store::AddRevocation& add) {
        set(state_.last_revocation, state_.last_revocation + 1);
        state_.revocations.push_back({state_.last_revocation, realm_, add.revocation});
        undo_.push_back([rows = &state_.revocations] { rows->pop_back(); });
        return {};
    }
    Status operator()(const store::AddRelation& add) {
        return insert(state_.relations, add.relation.id, add.relation);
    }
    Status operator()(const store::RemoveRelation& remove) {
        const auto found = state_.relations.find({realm_, remove.id});
        if (found != state_.relations.end()) take_out(state_.relations, found, undo_);
        return {};
    }
    Status operator()(const store::AddApiKey& add) {
        CAMBIST_CHECK(insert(state_.api_keys, add.key.id, add.key));
        return insert(state_.key_ids, add.key.hash, add.key.id);
    }
    Status operator()(const store::RemoveApiKey& remove) {
        remove_api_key(state_, {realm_, remove.id}, undo_);
        return {};
    }
    Status operator()(const store::CountUse& use) {
        const InRealm key{realm_, use.key};
        if (!state_.counts.contains(key)) CAMBIST_CHECK(insert(state_.counts, use.key, {}));
        auto& count = state_.counts.at(key);
        if (count.uses >= use.limit) return fail(ErrorCode::kDailyLimitReached);
        set(count.uses, count.uses + 1);
        set(count.until, std::max(count.until, use.until));
        return {};
    }
    Status operator()(const store::AddHandOff& add) {
        return insert(state_.hand_offs, add.hand_off.hash, add.hand_off);
    }
    Status operator()(const store::TakeHandOff& take) {
        const auto found = state_.hand_offs.find({realm_, take.hash});
        if (found == state_.hand_offs.end() || found->second.is_taken)
            return fail(ErrorCode::kHandOffTaken);
        auto taken = found->second;
        taken.payload = take.receipt;
        taken.is_taken = true;
        taken.xid = take.xid;
        taken.expires = std::max(taken.expires, take.keep_until);
        set(found->second, taken);
        return {};
    }
    Status operator()(const store::AddUser& add) {
        auto user = store::normalized(add.user);
        CAMBIST_CHECK(check_unique(state_, realm_, user));
        const auto id = user.id.text();
        return insert(state_.users, id, std::move(user));
    }
    Status operator()(const store::AddFederatedIdentity& add) {
        const std::tuple key{realm_, add.identity.issuer, add.identity.subject};
        if (!state_.federated.emplace(key, add.identity).second)
            return fail(ErrorCode::kConflict, "this subject is linked");
        undo_.push_back([rows = &state_.federated, key] { rows->erase(key); });
        return {};
    }
    Status operator()(const store::AppendAudit& append) {
        const auto sequence = state_.audit.empty() ? 1 : state_.audit.back().sequence + 1;
        std::string previous(state_.audit.empty() ? store::kChainStart : state_.audit.back().hash);
        std::string hash = store::chain_hash(state_.node, sequence, previous, append.body);
        state_.audit.push_back({state_.node, sequence, append.trace, append.at_us, append.body,
                                std::move(previous), std::move(hash)});
        undo_.push_back([rows = &state_.audit] { rows->pop_back(); });
        return {};
    }

  private:
    template <class Map>
    Status insert(Map& map, const std::string& id, typename Map::mapped_type value) {
        const InRealm key{realm_, id};
        if (!map.emplace(key, std::move(value)).second)
            return fail(ErrorCode::kConflict, "this id is taken");
        undo_.push_back([&map, key] { map.erase(key); });
        return {};
    }
    template <class T>
    void set(T& place, T value) {
        undo_.push_back([&place, before = place] { place = before; });
        place = std::move(value);
    }

    void end_older_tokens(const std::string& family, const std::string& used_last,
                          std::int64_t max_reuse) {
        if (max_reuse == 0) return;
        for (auto& [key, token] : state_.tokens) {
            const bool is_older = key.first == realm_ && key.second != used_last &&
                                  token.family == family && token.state == RefreshState::kUsed;
            if (is_older && token.uses <= max_reuse) set(token.uses, token.uses + max_reuse);
        }
    }

    State& state_;
    const std::string& realm_;
    Undo& undo_;
};

Status Applier::operator()(const store::RotateRefresh& rotate) {
    const auto family = state_.families.find({realm_, rotate.family});
    const auto token = state_.tokens.find({realm_, rotate.old_hash});
    if (family == state_.families.end() || token == state_.tokens.end() ||
        token->second.family != rotate.family)
        return fail(ErrorCode::kRefreshTokenInvalid);
    StoredToken& old = token->second;
    // `uses` counts the rotation itself too, so a used token has had uses - 1 extra uses.
    if (old.state == RefreshState::kUsed && old.uses > family->second.max_reuse)
        return fail(ErrorCode::kRefreshTokenReused);
    RefreshFamily& used = family->second;
    if (used.max_uses > 0 && used.uses >= used.max_uses) return fail(ErrorCode::kRefreshUsesSpent);
    set(old.uses, old.uses + 1);
    set(used.uses, used.uses + 1);
    set(used.expires, rotate.expires);
    if (rotate.new_hash.empty()) return {};
    set(old.state, RefreshState::kUsed);
    end_older_tokens(rotate.family, rotate.old_hash, used.max_reuse);
    return insert(state_.tokens, rotate.new_hash, StoredToken{.family = rotate.family});
}

}  // namespace

void remove_family(State& state, const InRealm& family, Undo& undo) {
    const auto found = state.families.find(family);
    if (found == state.families.end()) return;
    for (auto token = state.tokens.begin(); token != state.tokens.end();) {
        const bool is_of_family =
            token->first.first == family.first && token->second.family == family.second;
        token = is_of_family ? take_out(state.tokens, token, undo) : std::next(token);
    }
    take_out(state.families, found, undo);
}

void remove_api_key(State& state, const InRealm& id, Undo& undo) {
    const auto found = state.api_keys.find(id);
    if (found == state.api_keys.end()) return;
    take_out(state.key_ids, state.key_ids.find({id.first, found->second.hash}), undo);
    take_out(state.api_keys, found, undo);
}

void end_session(State& state, const InRealm& session, Undo& undo) {
    const auto found = state.sessions.find(session);
    if (found != state.sessions.end()) take_out(state.sessions, found, undo);
    std::vector<InRealm> families;
    for (const auto& [key, family] : state.families)
        if (key.first == session.first && family.session.text() == session.second)
            families.push_back(key);
    for (const auto& family : families) remove_family(state, family, undo);
}

Status apply(State& state, const store::Batch& batch) {
    if (state.failing) return fail(ErrorCode::kStoreUnavailable, {}, "the test says so");
    Undo undo;
    Applier applier(state, batch.realm, undo);
    for (const auto& operation : batch.operations) {
        auto status = std::visit(applier, operation);
        if (status) continue;
        for (auto& step : std::views::reverse(undo)) step();
        return status;
    }
    return {};
}

}  // namespace cambist::store_memory
