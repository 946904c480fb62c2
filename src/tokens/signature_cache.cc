// SPDX-License-Identifier: Apache-2.0
#include "tokens/signature_cache.h"

#include <utility>

namespace cambist::tokens {
namespace {

std::string key_of(std::string_view realm, std::string_view hash) {
    std::string key(realm);
    key += '\0';
    key += hash;
    return key;
}

}  // namespace

std::shared_ptr<const CheckedToken> SignatureCache::find(std::string_view realm,
                                                         std::string_view hash) const {
    std::shared_ptr<const CheckedToken> found;
    state_.change([&](State& state) {
        const auto place = state.index.find(key_of(realm, hash));
        if (place == state.index.end()) return;
        state.order.splice(state.order.begin(), state.order, place->second);
        found = place->second->token;
    });
    return found;
}

void SignatureCache::put(std::string_view realm, std::shared_ptr<const CheckedToken> token) const {
    if (max_entries_ == 0) return;
    auto key = key_of(realm, token->facts.hash);
    state_.change([&](State& state) {
        if (state.index.contains(key)) return;
        state.order.push_front(Entry{std::move(key), std::move(token)});
        state.index.emplace(state.order.front().key, state.order.begin());
        if (state.order.size() <= max_entries_) return;
        state.index.erase(state.order.back().key);
        state.order.pop_back();
    });
}

std::size_t SignatureCache::size() const {
    return state_.with([](const State& state) { return state.order.size(); });
}

}  // namespace cambist::tokens
