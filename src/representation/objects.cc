// SPDX-License-Identifier: Apache-2.0
#include "representation/objects.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "json/parse.h"
#include "model/group_path.h"

namespace cambist::representation {

namespace {

using json::Value;

std::string text_at(const Value& value, std::string_view key) {
    const auto* text = value.find_string(key);
    return text == nullptr ? std::string() : *text;
}

// A role's key is "client:name", of the realm ":name"; a colon in a client id is escaped.
std::string role_key(std::string_view client, std::string_view name) {
    std::string key;
    for (const char c : client) {
        if (c == ':')
            key += "%3A";
        else if (c == '%')
            key += "%25";
        else
            key.push_back(c);
    }
    return key + ":" + std::string(name);
}

std::string client_of_role_key(std::string_view key) {
    std::string client;
    const auto escaped = key.substr(0, key.find(':'));
    for (std::size_t i = 0; i < escaped.size(); ++i) {
        if (escaped[i] != '%') {
            client.push_back(escaped[i]);
            continue;
        }
        client.push_back(escaped.substr(i, 3) == "%3A" ? ':' : '%');
        i += 2;
    }
    return client;
}

class Splitter {
  public:
    explicit Splitter(const Value& canonical) : realm_(canonical) {}

    std::vector<Object> run() {
        const auto realm_name = text_at(realm_, "realm");
        take_list("clients", "client", "clientId");
        take_list("clientScopes", "client-scope", "name");
        take_roles();
        if (const auto* groups = realm_.find("groups")) take_groups(*groups, "");
        realm_.erase("groups");
        take_rules();
        add("realm", realm_name, realm_);
        return std::move(objects_);
    }

  private:
    void add(std::string kind, std::string key, Value body) {
        sort_members(body);
        objects_.push_back(
            {.kind = std::move(kind), .key = std::move(key), .body = body.to_text()});
    }
    void take_list(std::string_view key, const std::string& kind, std::string_view name) {
        if (const auto* list = realm_.find(key)) {
            for (const auto& element : list->as_array()) add(kind, text_at(element, name), element);
        }
        realm_.erase(key);
    }
    void take_roles() {
        if (const auto* roles = realm_.find("roles")) {
            for (const auto& role : roles->find("realm")->as_array())
                add("role", role_key({}, text_at(role, "name")), role);
            for (const auto& client : roles->find("client")->as_object()) {
                for (const auto& role : client.value.as_array())
                    add("role", role_key(client.key, text_at(role, "name")), role);
            }
        }
        realm_.erase("roles");
    }
    void take_groups(const Value& groups, const std::string& parent) {
        for (const auto& group : groups.as_array()) {
            const auto path = child_path(parent, text_at(group, "name"));
            auto body = group;
            body.erase("subGroups");
            add("group", path, body);
            take_groups(*group.find("subGroups"), path);
        }
    }
    // The realm keeps the order of its rules: the first that permits decides.
    void take_rules() {
        auto order = Value::array();
        if (const auto* rules = realm_.find("exchangeRules")) {
            for (const auto& rule : rules->as_array()) {
                order.push(text_at(rule, "id"));
                add("rule", text_at(rule, "id"), rule);
            }
        }
        realm_.set("exchangeRules", std::move(order));
    }

    Value realm_;
    std::vector<Object> objects_;
};

using Bodies = std::map<std::string, Value, std::less<>>;

Value list_of(const Bodies& bodies) {
    auto list = Value::array();
    for (const auto& [key, body] : bodies) list.push(body);
    return list;
}

Value roles_of(const Bodies& bodies) {
    auto realm_roles = Value::array();
    std::map<std::string, Value, std::less<>> of_clients;
    for (const auto& [key, body] : bodies) {
        auto client = client_of_role_key(key);
        if (client.empty())
            realm_roles.push(body);
        else
            of_clients.try_emplace(std::move(client), Value::array()).first->second.push(body);
    }
    // Put in at once: to find a member of an object takes as long as the object.
    auto client_roles = Value::object();
    for (auto& [client, list] : of_clients)
        client_roles.as_object().push_back({client, std::move(list), {}});
    auto roles = Value::object();
    roles.set("realm", std::move(realm_roles)).set("client", std::move(client_roles));
    return roles;
}

// The groups right below a path, with all below them.
Value groups_below(const std::multimap<std::string, const Value*>& children,
                   const std::string& parent) {
    auto list = Value::array();
    const auto [begin, end] = children.equal_range(parent);
    for (auto child = begin; child != end; ++child) {
        auto group = *child->second;
        const auto path = child_path(parent, text_at(group, "name"));
        group.set("subGroups", groups_below(children, path));
        list.push(std::move(group));
    }
    return list;
}

// Names do not sort as paths do ("a b" < "a/b"), so each level is put in order by name.
Value groups_of(const Bodies& bodies) {
    std::vector<std::pair<std::string, const Value*>> in_order;
    for (const auto& [path, body] : bodies) in_order.emplace_back(path, &body);
    std::ranges::sort(in_order, [](const auto& a, const auto& b) {
        return text_at(*a.second, "name") < text_at(*b.second, "name");
    });
    std::multimap<std::string, const Value*> children;
    for (const auto& [path, body] : in_order) children.emplace(parent_path(path), body);
    return groups_below(children, "");
}

Value rules_of(const Value& order, Bodies bodies) {
    auto rules = Value::array();
    if (const auto* ids = order.if_array()) {
        for (const auto& id : *ids) {
            const auto* text = id.if_string();
            const auto rule = text == nullptr ? bodies.end() : bodies.find(*text);
            if (rule == bodies.end()) continue;
            rules.push(std::move(rule->second));
            bodies.erase(rule);
        }
    }
    for (auto& [id, body] : bodies) rules.push(std::move(body));
    return rules;
}

}  // namespace

void sort_members(Value& value) {
    if (value.is_array()) {
        for (auto& element : value.as_array()) sort_members(element);
    } else if (value.is_object()) {
        std::ranges::sort(value.as_object(), {}, &json::Member::key);
        for (auto& member : value.as_object()) sort_members(member.value);
    }
}

std::string identity_of(const Value& element) {
    for (const auto* key : {"clientId", "alias", "name", "id"}) {
        const auto* text = element.find_string(key);
        if (text == nullptr) continue;
        // Components of one name differ in this.
        const auto* part = element.find_string("subType");
        return key + ("=" + *text) + (part == nullptr ? "" : "/" + *part);
    }
    return {};
}

std::vector<Object> split(const Value& canonical) { return Splitter(canonical).run(); }

Result<Value> join(const std::vector<Object>& objects) {
    std::map<std::string, Bodies, std::less<>> kinds;
    for (const auto& object : objects) {
        auto body = json::parse(object.body, json::kConfigLimits, json::Positions::kNone);
        if (!body || !body->is_object())
            return fail(ErrorCode::kParse,
                        "the stored " + object.kind + " " + printable(object.key) + " is damaged");
        kinds[object.kind].insert_or_assign(object.key, *std::move(body));
    }
    auto& realms = kinds["realm"];
    if (realms.size() != 1) return fail(ErrorCode::kParse, "the stored realm is not complete");
    auto realm = std::move(realms.begin()->second);
    realm.set("clients", list_of(kinds["client"]));
    realm.set("clientScopes", list_of(kinds["client-scope"]));
    realm.set("roles", roles_of(kinds["role"]));
    realm.set("groups", groups_of(kinds["group"]));
    const auto* order = realm.find("exchangeRules");
    realm.set("exchangeRules", rules_of(order == nullptr ? Value() : *order, kinds["rule"]));
    return realm;
}

namespace {

// The elements of a stored list: found by their id, else by their name if only one has it.
class KnownElements {
  public:
    explicit KnownElements(const Value& list) {
        for (const auto& element : list.as_array()) {
            if (const auto* id = element.find_string("id")) by_id_.emplace(*id, &element);
            const auto [known, is_new] = by_name_.emplace(identity_of(element), &element);
            if (!is_new) known->second = nullptr;
        }
    }
    const Value* find(const Value& element) const {
        if (!element.is_object()) return nullptr;
        const auto* id = element.find_string("id");
        if (const auto same = id == nullptr ? by_id_.end() : by_id_.find(*id); same != by_id_.end())
            return same->second;
        const auto same = by_name_.find(identity_of(element));
        return same == by_name_.end() ? nullptr : same->second;
    }

  private:
    std::map<std::string, const Value*, std::less<>> by_id_;
    std::map<std::string, const Value*, std::less<>> by_name_;
};

}  // namespace

void keep_masked_secrets(Value& fresh, const Value& stored) {
    if (fresh.is_string()) {
        if (fresh.as_string() == kMaskedSecret && stored.is_string()) fresh = stored;
    } else if (fresh.is_object()) {
        for (auto& member : fresh.as_object()) {
            if (const auto* known = stored.find(member.key))
                keep_masked_secrets(member.value, *known);
        }
    } else if (fresh.is_array() && stored.is_array()) {
        const KnownElements known(stored);
        // Lists of texts (a component's configuration) hold one secret at most.
        const bool is_lone = fresh.as_array().size() == 1 && stored.as_array().size() == 1;
        for (auto& element : fresh.as_array()) {
            if (const auto* same = known.find(element))
                keep_masked_secrets(element, *same);
            else if (is_lone && element.is_string())
                keep_masked_secrets(element, stored.as_array().front());
        }
    }
}

}  // namespace cambist::representation
