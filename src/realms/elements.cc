// SPDX-License-Identifier: Apache-2.0
#include "realms/elements.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace cambist::realms {
namespace {

using json::Value;

struct Kind {
    std::string_view name;
    std::string_view list;        // of the realm
    std::string_view key;         // the member that tells elements apart
    std::string_view owner = {};  // and another that must be the same
};
constexpr std::array kKinds{
    Kind{"identity-provider", "identityProviders", "alias"},
    Kind{"identity-provider-mapper", "identityProviderMappers", "name", "identityProviderAlias"},
    Kind{"trusted-issuer", "trustedIssuers", "alias"},
    Kind{"organization", "organizations", "alias"},
    Kind{"key", "keys", "name"},
};
constexpr std::string_view kComponents = "components";  // type -> list
constexpr Kind kComponent{"component", kComponents, ""};

std::string text_at(const Value& value, std::string_view key) {
    const auto* text = value.find_string(key);
    return text == nullptr ? std::string() : *text;
}

// One list of a realm.
struct List {
    const Kind& kind;
    std::string_view type;  // of components

    const Value* in(const Value& realm) const {
        const auto* owner = type.empty() ? &realm : realm.find(kComponents);
        const auto* list =
            owner == nullptr ? nullptr : owner->find(type.empty() ? kind.list : type);
        return list != nullptr && list->is_array() ? list : nullptr;
    }
    // Components have no name that Keycloak would keep unique: their kind of provider counts, and
    // what they are for.
    std::string key_of(const Value& element) const {
        if (type.empty()) {
            auto key = text_at(element, kind.key);
            return kind.owner.empty() ? key : text_at(element, kind.owner) + "/" + key;
        }
        auto key = std::string(type.substr(type.rfind('.') + 1));
        for (const auto* part : {"providerId", "name", "subType"})
            if (const auto text = text_at(element, part); !text.empty()) key += "/" + text;
        return key;
    }
};

// The lists of both realms, each once.
std::vector<List> lists_of(const Value& one, const Value& other) {
    std::vector<List> lists;
    for (const auto& kind : kKinds) lists.push_back({kind, {}});
    std::set<std::string_view> types;
    for (const auto* realm : {&one, &other}) {
        const auto* components = realm->find(kComponents);
        if (components == nullptr || !components->is_object()) continue;
        for (const auto& member : components->as_object()) types.insert(member.key);
    }
    for (const auto type : types) lists.push_back({kComponent, type});
    return lists;
}

// Which element of a list is which of another: by the id where both have it, for what was renamed
// is still it and of two with one name each stands for itself; else by the key.
class Matches {
  public:
    Matches(const List& list, const Value& fresh, const Value& before) : list_(list) {
        const auto* old = list.in(before);
        if (old == nullptr) return;
        std::set<std::string> ids;
        for (const auto& element : old->as_array()) ids.insert(text_at(element, "id"));
        const auto* all = list.in(fresh);
        if (all == nullptr) return;
        for (const auto& element : all->as_array()) {
            const auto id = text_at(element, "id");
            if (!id.empty() && ids.contains(id))
                by_id_.emplace(id, &element);
            else
                by_key_.emplace(list.key_of(element), &element);
        }
    }
    // Null: there is none.
    const Value* find(const Value& old) const {
        if (const auto same = by_id_.find(text_at(old, "id")); same != by_id_.end())
            return same->second;
        const auto same = by_key_.find(list_.key_of(old));
        return same == by_key_.end() ? nullptr : same->second;
    }

  private:
    const List& list_;
    std::map<std::string, const Value*> by_id_;
    std::map<std::string, const Value*> by_key_;
};

Value& array_at(Value& parent, std::string_view key) {
    if (const auto* there = parent.find(key); there == nullptr || !there->is_array())
        parent.set(std::string(key), Value::array());
    return *parent.find(key);
}

Value& object_at(Value& parent, std::string_view key) {
    if (const auto* there = parent.find(key); there == nullptr || !there->is_object())
        parent.set(std::string(key), Value::object());
    return *parent.find(key);
}

// What stays keeps its place, so that a file with a part of a list changes nothing of the rest.
void keep_absent(const List& list, Value& fresh, const Value& before) {
    const auto* old = list.in(before);
    if (old == nullptr) return;
    const Matches matches(list, fresh, before);
    const auto is_absent = [&](const Value& one) { return matches.find(one) == nullptr; };
    if (std::ranges::none_of(old->as_array(), is_absent)) return;
    auto merged = Value::array();
    std::set<const Value*> taken;
    for (const auto& element : old->as_array()) {
        const auto* same = matches.find(element);
        if (same == nullptr)
            merged.push(element);
        else if (taken.insert(same).second)
            merged.push(*same);
    }
    if (const auto* all = list.in(fresh))
        for (const auto& element : all->as_array())
            if (!taken.contains(&element)) merged.push(element);
    auto& owner = list.type.empty() ? fresh : object_at(fresh, kComponents);
    owner.set(std::string(list.type.empty() ? list.kind.list : list.type), std::move(merged));
}

// Clients and client scopes that a file names: it says all of their role mappings.
class NamedOwners {
  public:
    explicit NamedOwners(const Value& realm) {
        add(realm, "clients", "clientId", clients_);
        add(realm, "clientScopes", "name", scopes_);
    }
    // Whether a mapping is of something else.
    bool misses(const Value& mapping) const {
        const auto client = text_at(mapping, "client");
        return client.empty() ? !scopes_.contains(text_at(mapping, "clientScope"))
                              : !clients_.contains(client);
    }

  private:
    static void add(const Value& realm, std::string_view list, std::string_view name,
                    std::set<std::string>& to) {
        if (const auto* all = realm.find(list); all != nullptr && all->is_array())
            for (const auto& one : all->as_array()) to.insert(text_at(one, name));
    }
    std::set<std::string> clients_;
    std::set<std::string> scopes_;
};

// In the places that they have, as above.
void keep_mappings(const NamedOwners& named, const Value& before, Value& fresh,
                   std::string_view key) {
    const auto* mappings = before.find(key);
    if (mappings == nullptr || !mappings->is_array()) return;
    const auto stays = [&](const Value& mapping) { return named.misses(mapping); };
    if (std::ranges::none_of(mappings->as_array(), stays)) return;
    auto rest = std::move(array_at(fresh, key).as_array());
    auto merged = Value::array();
    for (const auto& mapping : mappings->as_array()) {
        if (stays(mapping)) {
            merged.push(mapping);
            continue;
        }
        const auto same = std::ranges::find_if(rest, [&](const Value& one) {
            return text_at(one, "client") == text_at(mapping, "client") &&
                   text_at(one, "clientScope") == text_at(mapping, "clientScope");
        });
        if (same == rest.end()) continue;
        merged.push(std::move(*same));
        rest.erase(same);
    }
    for (auto& mapping : rest) merged.push(std::move(mapping));
    fresh.set(std::string(key), std::move(merged));
}

void keep_scope_mappings(Value& fresh, const Value& before) {
    const NamedOwners named(fresh);
    keep_mappings(named, before, fresh, "scopeMappings");
    const auto* of_clients = before.find("clientScopeMappings");
    if (of_clients == nullptr || !of_clients->is_object()) return;
    for (const auto& owner : of_clients->as_object())
        keep_mappings(named, *of_clients, object_at(fresh, "clientScopeMappings"), owner.key);
}

void collect_changes(const List& list, const Value& before, const Value& after,
                     std::vector<Change>& changes) {
    using Pair = std::pair<const Value*, const Value*>;
    std::map<std::string, Pair> elements;
    const auto collect = [&](const Value& realm, auto side) {
        const auto* all = list.in(realm);
        if (all == nullptr) return;
        for (const auto& element : all->as_array()) {
            auto key = list.key_of(element);
            while (elements[key].*side != nullptr) key += "'";  // another of that name
            elements[key].*side = &element;
        }
    };
    collect(before, &Pair::first);
    collect(after, &Pair::second);
    const std::string kind(list.kind.name);
    for (const auto& [key, pair] : elements) {
        const auto [old, fresh] = pair;
        if (old == nullptr)
            changes.push_back({Change::What::kAdd, kind, key, {}});
        else if (fresh == nullptr)
            changes.push_back({Change::What::kRemove, kind, key, {}});
        else if (*old != *fresh)
            changes.push_back({Change::What::kChange, kind, key, differences(*old, *fresh)});
    }
}

}  // namespace

std::vector<std::string> absent_elements(const Value& fresh, const Value& before) {
    std::vector<std::string> absent;
    for (const auto& list : lists_of(fresh, before)) {
        const auto* old = list.in(before);
        if (old == nullptr) continue;
        const Matches matches(list, fresh, before);
        for (const auto& element : old->as_array())
            if (matches.find(element) == nullptr)
                absent.push_back(std::string(list.kind.name) + " " +
                                 printable(list.key_of(element), 100));
    }
    return absent;
}

void keep_absent_elements(Value& fresh, const Value& before) {
    // A copy of the names: components that come move those that are there.
    std::vector<std::string> types;
    for (const auto& list : lists_of(fresh, before)) {
        if (list.type.empty())
            keep_absent(list, fresh, before);
        else
            types.emplace_back(list.type);
    }
    for (const auto& type : types) keep_absent({kComponent, type}, fresh, before);
    keep_scope_mappings(fresh, before);
}

std::vector<Change> take_element_changes(Value& before, Value& after) {
    std::vector<Change> changes;
    for (const auto& list : lists_of(before, after)) collect_changes(list, before, after, changes);
    for (auto* realm : {&before, &after}) {
        for (const auto& kind : kKinds) realm->erase(kind.list);
        realm->erase(kComponents);
    }
    return changes;
}

}  // namespace cambist::realms
