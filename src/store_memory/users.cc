// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ranges>

#include "store/codec.h"
#include "store_memory/nouns.h"

namespace cambist::store_memory {
namespace {

auto realm_begin(const State& state, std::string_view realm) {
    return state.users.lower_bound({std::string(realm), ""});
}

// Calls visit(user) for the realm's users until it returns false.
template <class Visit>
void each_user(const State& state, std::string_view realm, Visit&& visit) {
    for (auto at = realm_begin(state, realm);
         at != state.users.end() && at->first.first == realm && visit(at->second); ++at) {
    }
}

template <class Match>
std::optional<User> first(const State& state, std::string_view realm, Match&& match) {
    std::optional<User> found;
    each_user(state, realm, [&](const User& user) {
        if (match(user)) found = user;
        return !found;
    });
    return found;
}

}  // namespace

Status check_unique(const State& state, std::string_view realm, const User& user) {
    const auto other = first(state, realm, [&](const User& one) {
        return one.id != user.id && (one.username == user.username ||
                                     (!user.service_account_of.empty() &&
                                      one.service_account_of == user.service_account_of));
    });
    if (other)
        return fail(ErrorCode::kConflict, "the user name \"" + user.username + "\" is taken");
    return {};
}

Result<std::optional<User>> Users::find(std::string_view realm, const UserId& id) const {
    return state_.with([&](const State& state) -> std::optional<User> {
        const auto found = state.users.find({std::string(realm), id.text()});
        if (found == state.users.end()) return std::nullopt;
        return found->second;
    });
}

Result<std::optional<User>> Users::find_by_username(std::string_view realm,
                                                    std::string_view username) const {
    const std::string name = store::normalized_name(username);
    return state_.with([&](const State& state) {
        return first(state, realm, [&](const User& user) { return user.username == name; });
    });
}

Result<std::vector<User>> Users::find_by_email(std::string_view realm,
                                               std::string_view email) const {
    std::vector<User> users;
    const std::string wanted = store::normalized_name(email);
    if (wanted.empty()) return users;
    state_.with([&](const State& state) {
        each_user(state, realm, [&](const User& user) {
            if (user.email == wanted) users.push_back(user);
            return true;
        });
    });
    return users;
}

Result<std::vector<User>> Users::find_by_attribute(std::string_view realm, std::string_view name,
                                                   std::string_view value,
                                                   std::size_t limit) const {
    const std::string wanted(value);
    return state_.with([&](const State& state) {
        std::vector<User> users;
        each_user(state, realm, [&](const User& user) {
            const auto held = user.attributes.find(std::string(name));
            if (held != user.attributes.end() &&
                std::ranges::find(held->second, wanted) != held->second.end())
                users.push_back(user);
            return users.size() < limit;
        });
        return users;
    });
}

Result<std::optional<User>> Users::find_service_account(std::string_view realm,
                                                        const ClientId& client) const {
    if (client.empty()) return std::optional<User>();
    return state_.with([&](const State& state) {
        return first(state, realm,
                     [&](const User& user) { return user.service_account_of == client; });
    });
}

Result<std::size_t> Users::put(std::string_view realm, const std::vector<User>& users) {
    return state_.with([&](State& state) -> Result<std::size_t> {
        std::vector<std::pair<InRealm, std::optional<User>>> before;
        for (const auto& given : users) {
            User user = store::normalized(given);
            const InRealm at{std::string(realm), user.id.text()};
            const auto old = state.users.find(at);
            const bool is_new = old == state.users.end();
            if (!is_new && store::render_user(old->second) == store::render_user(user)) continue;
            if (auto unique = check_unique(state, realm, user); !unique) {
                for (auto& [key, value] : std::views::reverse(before))
                    value ? void(state.users[key] = *value) : void(state.users.erase(key));
                return std::unexpected(unique.error());
            }
            before.emplace_back(at, is_new ? std::nullopt : std::optional(old->second));
            state.users[at] = std::move(user);
        }
        return before.size();
    });
}

Result<std::optional<User>> Users::update(std::string_view realm, const UserId& id,
                                          const std::function<void(User&)>& change) {
    return state_.with([&](State& state) -> std::optional<User> {
        const auto found = state.users.find({std::string(realm), id.text()});
        if (found == state.users.end()) return std::nullopt;
        change(found->second);
        return found->second;
    });
}

Status Users::remove(std::string_view realm, const UserId& id) {
    state_.with([&](State& state) {
        const std::string name(realm);
        Undo no_way_back;
        state.users.erase({name, id.text()});
        state.failures.erase({name, id.text()});
        std::vector<InRealm> sessions;
        std::vector<InRealm> families;
        for (const auto& [key, session] : state.sessions)
            if (key.first == realm && session.user == id) sessions.push_back(key);
        for (const auto& [key, family] : state.families)
            if (key.first == realm && family.user == id) families.push_back(key);
        const RelationEnd end{EndKind::kUser, id.text()};
        std::erase_if(state.relations, [&](const auto& item) {
            const auto& [key, relation] = item;
            return key.first == realm && (relation.actor == end || relation.subject == end);
        });
        std::erase_if(state.federated, [&](const auto& item) {
            return std::get<0>(item.first) == realm && item.second.user == id;
        });
        std::vector<InRealm> api_keys;
        for (const auto& [key, api_key] : state.api_keys)
            if (key.first == realm && api_key.user == id) api_keys.push_back(key);
        for (const auto& key : api_keys) remove_api_key(state, key, no_way_back);
        for (const auto& session : sessions) end_session(state, session, no_way_back);
        for (const auto& family : families) remove_family(state, family, no_way_back);
    });
    return {};
}

Result<std::size_t> Users::count(std::string_view realm) const {
    return state_.with([realm](const State& state) {
        std::size_t users = 0;
        each_user(state, realm, [&](const User&) { return ++users > 0; });
        return users;
    });
}

Result<std::vector<User>> Users::list(std::string_view realm, const UserId& after,
                                      std::size_t limit) const {
    return state_.with([&](const State& state) {
        std::vector<User> users;
        each_user(state, realm, [&](const User& user) {
            if (users.size() < limit && user.id > after) users.push_back(user);
            return users.size() < limit;
        });
        return users;
    });
}

}  // namespace cambist::store_memory
