// SPDX-License-Identifier: Apache-2.0
#include "store_memory/memory_store.h"

#include "base/guarded.h"
#include "store/chain.h"
#include "store_memory/nouns.h"

namespace cambist::store_memory {

struct MemoryStore::Parts {
    explicit Parts(std::string node) : state(make_state(std::move(node))) {}
    static State make_state(std::string node) {
        State state;
        state.node = std::move(node);
        return state;
    }

    Guarded<State> state;
    Realms realms{state};
    Users users{state};
    Sessions sessions{state};
    Refresh refresh{state};
    ReferenceTokens reference_tokens{state};
    Revocations revocations{state};
    Relations relations{state};
    ApiKeys api_keys{state};
    FederatedIdentities federated_identities{state};
    HandOffs hand_offs{state};
    Keys keys{state};
    Failures failures{state};
    Audit audit{state};
};

MemoryStore::MemoryStore(std::string node) : parts_(std::make_unique<Parts>(std::move(node))) {}
MemoryStore::~MemoryStore() = default;

store::RealmStore& MemoryStore::realms() { return parts_->realms; }
store::UserStore& MemoryStore::users() { return parts_->users; }
store::SessionStore& MemoryStore::sessions() { return parts_->sessions; }
store::RefreshStore& MemoryStore::refresh() { return parts_->refresh; }
store::ReferenceTokenStore& MemoryStore::reference_tokens() { return parts_->reference_tokens; }
store::RevocationStore& MemoryStore::revocations() { return parts_->revocations; }
store::RelationStore& MemoryStore::relations() { return parts_->relations; }
store::ApiKeyStore& MemoryStore::api_keys() { return parts_->api_keys; }
store::FederatedIdentityStore& MemoryStore::federated_identities() {
    return parts_->federated_identities;
}
store::HandOffStore& MemoryStore::hand_offs() { return parts_->hand_offs; }
store::KeyStore& MemoryStore::keys() { return parts_->keys; }
store::LoginFailureStore& MemoryStore::login_failures() { return parts_->failures; }
store::AuditStore& MemoryStore::audit() { return parts_->audit; }

Status MemoryStore::commit(store::Batch batch) {
    return parts_->state.with([&](State& state) { return apply(state, batch); });
}

void MemoryStore::commit_later(store::Batch batch) {
    // Nobody asks how it went: that is the contract of commit_later.
    static_cast<void>(commit(std::move(batch)).has_value());
}

Result<std::size_t> MemoryStore::prune(std::int64_t now) {
    return parts_->state.with([now](State& state) { return remove_expired(state, now); });
}

Result<std::size_t> MemoryStore::prune_audit(std::int64_t before_us) {
    return parts_->state.with([before_us](State& state) {
        std::size_t removed = 0;
        while (state.audit.size() > 1 && state.audit.front().at_us < before_us) {
            const auto& row = state.audit.front();
            state.beginning = {row.node, row.sequence, row.hash};
            state.audit.erase(state.audit.begin());
            ++removed;
        }
        return removed;
    });
}

Status MemoryStore::backup(const std::string& /*path*/) {
    return fail(ErrorCode::kConfigInvalid, "a store in memory can not be backed up");
}

Status MemoryStore::ping() {
    return parts_->state.with([](const State& state) -> Status {
        if (state.failing) return fail(ErrorCode::kStoreUnavailable, {}, "the test says so");
        return {};
    });
}

void MemoryStore::fail_commits(bool failing) {
    parts_->state.with([failing](State& state) { state.failing = failing; });
}

}  // namespace cambist::store_memory
