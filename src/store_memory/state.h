// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "store/store.h"

namespace cambist::store_memory {

using InRealm = std::pair<std::string, std::string>;  // realm, id
using OneTime = std::tuple<std::string, std::string, std::string, std::string>;

struct StoredCount {
    std::int64_t uses = 0;
    std::int64_t until = 0;
};

struct StoredToken {
    std::string family;
    store::RefreshState state = store::RefreshState::kActive;
    std::int64_t uses = 0;
};

// Everything that is kept. For one thread at a time.
struct State {
    std::string node;
    bool failing = false;
    std::map<std::string, std::map<InRealm, std::string>> objects;  // realm -> kind, key -> body
    std::map<std::string, std::int64_t> versions;
    std::map<InRealm, User> users;
    std::map<InRealm, Session> sessions;
    std::map<InRealm, RefreshFamily> families;
    std::map<InRealm, StoredToken> tokens;
    std::map<InRealm, ReferenceToken> references;
    std::map<InRealm, Relation> relations;
    std::map<InRealm, ApiKey> api_keys;      // by id
    std::map<InRealm, std::string> key_ids;  // by hash
    std::map<InRealm, StoredCount> counts;
    std::map<InRealm, HandOff> hand_offs;  // by hash
    // realm, issuer, subject
    std::map<std::tuple<std::string, std::string, std::string>, FederatedIdentity> federated;
    std::map<OneTime, std::int64_t> taken;
    std::vector<store::RevocationStore::Entry> revocations;
    std::int64_t last_revocation = 0;
    std::map<InRealm, store::KeyRow> keys;
    std::map<InRealm, store::LoginFailures> failures;
    std::vector<store::AuditRow> audit;
    store::AuditBeginning beginning;
};

// Applies the operations of a batch to the state; undoes all of them when one fails.
Status apply(State& state, const store::Batch& batch);

// Ends a session with its refresh families, or a family with its tokens.
using Undo = std::vector<std::function<void()>>;
void end_session(State& state, const InRealm& session, Undo& undo);
void remove_family(State& state, const InRealm& family, Undo& undo);
void remove_api_key(State& state, const InRealm& id, Undo& undo);
// kConflict when another user has its user name or is the account of its client.
Status check_unique(const State& state, std::string_view realm, const User& user);

// Removes from the map and notes how to put it back; the node itself comes back, so that earlier
// steps still find their place in it.
template <class Map, class Iterator>
Iterator take_out(Map& map, Iterator at, Undo& undo) {
    const auto next = std::next(at);
    auto node = std::make_shared<typename Map::node_type>(map.extract(at));
    undo.push_back([&map, node] { map.insert(std::move(*node)); });
    return next;
}

}  // namespace cambist::store_memory
