// SPDX-License-Identifier: Apache-2.0
#include "store_memory/nouns.h"

#include <algorithm>

namespace cambist::store_memory {
namespace {

InRealm key(std::string_view realm, std::string_view id) {
    return {std::string(realm), std::string(id)};
}

template <class Map>
std::optional<typename Map::mapped_type> look_up(const Map& map, const InRealm& at) {
    const auto found = map.find(at);
    if (found == map.end()) return std::nullopt;
    return found->second;
}

// The values of one realm that match.
template <class Map, class Match>
std::vector<typename Map::mapped_type> select(const Map& map, std::string_view realm,
                                              Match&& match) {
    std::vector<typename Map::mapped_type> values;
    for (auto at = map.lower_bound(key(realm, "")); at != map.end() && at->first.first == realm;
         ++at)
        if (match(at->second)) values.push_back(at->second);
    return values;
}

}  // namespace

Result<std::vector<std::string>> Realms::list() const {
    return state_.with([](const State& state) {
        std::vector<std::string> names;
        for (const auto& [name, objects] : state.objects)
            if (!objects.empty()) names.push_back(name);
        return names;
    });
}

Result<std::vector<store::RealmObject>> Realms::load(std::string_view realm) const {
    return state_.with([realm](const State& state) {
        std::vector<store::RealmObject> objects;
        const auto found = state.objects.find(std::string(realm));
        if (found == state.objects.end()) return objects;
        for (const auto& [at, body] : found->second) objects.push_back({at.first, at.second, body});
        return objects;
    });
}

Result<bool> Realms::apply(std::string_view realm, const std::vector<store::RealmObject>& put,
                           const std::vector<store::RealmObject>& remove) {
    return state_.with([&](State& state) {
        const std::string name(realm);
        auto& objects = state.objects[name];
        bool changed = false;
        for (const auto& object : remove) changed |= objects.erase({object.kind, object.key}) > 0;
        for (const auto& object : put) {
            const auto [at, is_new] = objects.try_emplace({object.kind, object.key}, object.body);
            changed |= is_new || at->second != object.body;
            at->second = object.body;
        }
        if (changed) ++state.versions[name];
        return changed;
    });
}

Result<std::int64_t> Realms::version(std::string_view realm) const {
    return state_.with([realm](const State& state) -> std::int64_t {
        const auto found = state.versions.find(std::string(realm));
        return found == state.versions.end() ? 0 : found->second;
    });
}

Result<std::optional<Session>> Sessions::find(std::string_view realm, const SessionId& id) const {
    return state_.with(
        [&](const State& state) { return look_up(state.sessions, key(realm, id.text())); });
}

Result<std::vector<Session>> Sessions::of_user(std::string_view realm, const UserId& user) const {
    return state_.with([&](const State& state) {
        return select(state.sessions, realm,
                      [&](const Session& session) { return session.user == user; });
    });
}

Result<std::optional<store::RefreshToken>> Refresh::find(std::string_view realm,
                                                         std::string_view hash) const {
    return state_.with([&](const State& state) -> std::optional<store::RefreshToken> {
        const auto token = look_up(state.tokens, key(realm, hash));
        if (!token) return std::nullopt;
        const auto family = look_up(state.families, key(realm, token->family));
        if (!family) return std::nullopt;
        return store::RefreshToken{*family, token->state, token->uses};
    });
}

Result<std::vector<RefreshFamily>> Refresh::of_session(std::string_view realm,
                                                       const SessionId& session) const {
    return state_.with([&](const State& state) {
        return select(state.families, realm,
                      [&](const RefreshFamily& family) { return family.session == session; });
    });
}

Result<std::vector<RefreshFamily>> Refresh::without_session(std::string_view realm,
                                                            const UserId& user) const {
    return state_.with([&](const State& state) {
        return select(state.families, realm, [&](const RefreshFamily& family) {
            return family.session.empty() && family.user == user;
        });
    });
}

Result<std::optional<ReferenceToken>> ReferenceTokens::find(std::string_view realm,
                                                            std::string_view hash) const {
    return state_.with(
        [&](const State& state) { return look_up(state.references, key(realm, hash)); });
}

Result<std::optional<Relation>> Relations::find(std::string_view realm, std::string_view id) const {
    return state_.with(
        [&](const State& state) { return look_up(state.relations, key(realm, id)); });
}

Result<std::vector<Relation>> Relations::between(std::string_view realm,
                                                 const std::vector<RelationEnd>& actors,
                                                 const std::vector<RelationEnd>& subjects) const {
    const auto has = [](const std::vector<RelationEnd>& ends, const RelationEnd& end) {
        return std::ranges::find(ends, end) != ends.end();
    };
    return state_.with([&](const State& state) {
        return select(state.relations, realm, [&](const Relation& relation) {
            return has(actors, relation.actor) && has(subjects, relation.subject);
        });
    });
}

Result<std::vector<Relation>> Relations::of_subject(std::string_view realm,
                                                    const RelationEnd& subject) const {
    return state_.with([&](const State& state) {
        return select(state.relations, realm,
                      [&](const Relation& relation) { return relation.subject == subject; });
    });
}

Result<std::vector<Relation>> Relations::list_made_by_admins(std::string_view realm,
                                                             std::string_view after,
                                                             std::size_t limit) const {
    return state_.with([&](const State& state) {
        std::size_t left = limit;
        return select(state.relations, realm, [&](const Relation& relation) {
            const bool counts = relation.id > after && !relation.is_grant() && left > 0;
            left -= counts ? 1 : 0;
            return counts;
        });
    });
}

Result<std::optional<ApiKey>> ApiKeys::find(std::string_view realm, std::string_view hash) const {
    return state_.with([&](const State& state) -> std::optional<ApiKey> {
        const auto id = look_up(state.key_ids, key(realm, hash));
        return id ? look_up(state.api_keys, key(realm, *id)) : std::nullopt;
    });
}

Result<std::vector<ApiKey>> ApiKeys::of_user(std::string_view realm, const UserId& user) const {
    return state_.with([&](const State& state) {
        return select(state.api_keys, realm,
                      [&](const ApiKey& api_key) { return api_key.user == user; });
    });
}

Result<std::optional<HandOff>> HandOffs::find(std::string_view realm, std::string_view hash) const {
    return state_.with(
        [&](const State& state) { return look_up(state.hand_offs, key(realm, hash)); });
}

Result<std::vector<store::RevocationStore::Entry>> Revocations::since(std::int64_t number,
                                                                      std::size_t limit) const {
    return state_.with([number, limit](const State& state) {
        std::vector<Entry> entries;
        for (const auto& entry : state.revocations)
            if (entry.number > number && entries.size() < limit) entries.push_back(entry);
        return entries;
    });
}

Result<std::vector<store::KeyRow>> Keys::list(std::string_view realm) const {
    return state_.with([realm](const State& state) {
        return select(state.keys, realm, [](const store::KeyRow&) { return true; });
    });
}

Status Keys::put(std::string_view realm, const store::KeyRow& row) {
    state_.with([&](State& state) { state.keys[key(realm, row.kid)] = row; });
    return {};
}

Status Keys::remove(std::string_view realm, std::string_view kid) {
    state_.with([&](State& state) { state.keys.erase(key(realm, kid)); });
    return {};
}

Result<store::LoginFailures> Failures::get(std::string_view realm, const UserId& user) const {
    return state_.with([&](const State& state) {
        return look_up(state.failures, key(realm, user.text())).value_or(store::LoginFailures{});
    });
}

Result<store::LoginFailures> Failures::update(
    std::string_view realm, const UserId& user,
    const std::function<void(store::LoginFailures&)>& change) {
    return state_.with([&](State& state) {
        auto& failures = state.failures[key(realm, user.text())];
        change(failures);
        return failures;
    });
}

Status Failures::clear(std::string_view realm, const UserId& user) {
    state_.with([&](State& state) { state.failures.erase(key(realm, user.text())); });
    return {};
}

Result<std::optional<store::AuditRow>> Audit::find(std::string_view trace) const {
    return state_.with([trace](const State& state) -> std::optional<store::AuditRow> {
        const auto found = std::ranges::find(
            state.audit, trace, [](const auto& row) { return std::string_view(row.trace); });
        if (found == state.audit.end()) return std::nullopt;
        return *found;
    });
}

Status Audit::scan(const std::function<bool(const store::AuditRow&)>& visit) const {
    state_.with([&](const State& state) {
        for (const auto& row : state.audit)
            if (!visit(row)) break;
    });
    return {};
}

Result<std::vector<store::AuditRow>> Audit::tail(std::size_t limit) const {
    return state_.with([limit](const State& state) {
        const auto skip = state.audit.size() - std::min(limit, state.audit.size());
        return std::vector<store::AuditRow>(state.audit.begin() + static_cast<std::ptrdiff_t>(skip),
                                            state.audit.end());
    });
}

Result<std::vector<store::AuditBeginning>> Audit::beginnings() const {
    return state_.with([](const State& state) {
        std::vector<store::AuditBeginning> beginnings;
        if (state.beginning.sequence > 0) beginnings.push_back(state.beginning);
        return beginnings;
    });
}

}  // namespace cambist::store_memory
